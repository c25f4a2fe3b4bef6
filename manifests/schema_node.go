package manifests

import (
	"bytes"
	"encoding/json"

	"wxkeep/state/material"
)

// A schema is a JSON Schema, with the keywords that this one uses.
type schema struct {
	Draft                string    `json:"$schema,omitempty"`
	Title                string    `json:"title,omitempty"`
	Description          string    `json:"description,omitempty"`
	Ref                  string    `json:"$ref,omitempty"`
	Type                 any       `json:"type,omitempty"` // a word, or several
	Const                any       `json:"const,omitempty"`
	Enum                 []any     `json:"enum,omitempty"`
	Default              any       `json:"default,omitempty"`
	MinLength            int       `json:"minLength,omitempty"`
	Pattern              string    `json:"pattern,omitempty"`
	Format               string    `json:"format,omitempty"`
	Minimum              *float64  `json:"minimum,omitempty"`
	Maximum              *float64  `json:"maximum,omitempty"`
	PrefixItems          []*schema `json:"prefixItems,omitempty"`
	Items                *schema   `json:"items,omitempty"`
	MinItems             int       `json:"minItems,omitempty"`
	UniqueItems          bool      `json:"uniqueItems,omitempty"`
	Properties           fields    `json:"properties,omitempty"`
	AdditionalProperties *bool     `json:"additionalProperties,omitempty"`
	Required             []string  `json:"required,omitempty"`
	MinProperties        int       `json:"minProperties,omitempty"`
	MaxProperties        int       `json:"maxProperties,omitempty"`
	AllOf                []*schema `json:"allOf,omitempty"`
	AnyOf                []*schema `json:"anyOf,omitempty"`
	Not                  *schema   `json:"not,omitempty"`
	If                   *schema   `json:"if,omitempty"`
	Then                 *schema   `json:"then,omitempty"`
	Else                 *schema   `json:"else,omitempty"`
	Defs                 fields    `json:"$defs,omitempty"`
}

// fields are written as a JSON object in their order.
type fields []field

type field struct {
	name   string
	schema *schema
}

// MarshalJSON writes the fields in their order.
func (f fields) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for i, one := range f {
		b.WriteByte("{,"[min(i, 1)])
		if err := e.Encode(one.name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := e.Encode(one.schema); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// What a text may be without quotes: YAML takes some for numbers or booleans,
// which are then read as they are written.
var (
	scalar      = []string{"string", "number", "boolean"}
	wholeScalar = []string{"string", "integer", "boolean"}
)

// requires is a mapping that has these keys.
func requires(keys ...string) *schema { return &schema{Required: keys} }

func (s *schema) requiring(keys ...string) *schema {
	s.Required = keys
	return s
}

// with adds what the value of a key is.
func (s *schema) with(key string, value *schema) *schema {
	s.Properties = append(s.Properties, field{key, value})
	return s
}

// by adds the default.
func (s *schema) by(normal any) *schema {
	s.Default = normal
	return s
}

func (s *schema) exactlyOne() *schema {
	s.MinProperties, s.MaxProperties = 1, 1
	return s
}

func ref(name string) *schema { return &schema{Ref: "#/$defs/" + name} }

func list(item *schema) *schema { return &schema{Type: "array", Items: item} }

// filled is a text that is not empty.
func filled() *schema { return &schema{Type: scalar, MinLength: 1} }

// formSchema is a text of a form that no number has.
func formSchema(pattern string) *schema { return &schema{Type: "string", Pattern: pattern} }

func idSchema() *schema {
	return &schema{Description: descriptions["keep.media_id"], Type: wholeScalar, Pattern: material.IDPattern}
}

func typeSchema() *schema {
	s := list(&schema{Enum: anys(typeNames())})
	s.MinItems, s.UniqueItems = 1, true
	return s
}

func dateSchema() *schema {
	return &schema{Type: "string", Format: "date", Pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`}
}

// durationSchema is a text, or the number 0, which needs no unit.
func durationSchema() *schema {
	zero := 0.0
	return &schema{Type: []string{"string", "integer"}, MinLength: 1, Pattern: durationForm, Minimum: &zero, Maximum: &zero}
}

func spanSchema() *schema {
	return &schema{Type: "string", Pattern: durationForm, AllOf: []*schema{{Pattern: `[1-9]`}}}
}

func stateSchema() *schema {
	return &schema{Type: scalar, MinLength: 1, AnyOf: []*schema{
		{Not: &schema{Type: "string", Pattern: `://`}}, {Pattern: `^[sS]3://[^/?#@:]+(:[0-9]*)?([/?#].*)?$`},
	}}
}

func anys[S ~string](words []S) []any {
	var all []any
	for _, w := range words {
		all = append(all, string(w))
	}
	return all
}
