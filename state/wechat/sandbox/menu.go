package sandbox

import (
	"fmt"

	"wxkeep/state/material"
)

// A Menu is a custom menu (自定义菜单).
type Menu struct {
	Buttons     []Button          `yaml:"buttons"`
	Conditional []ConditionalMenu `yaml:"conditional"` // made by API only
	Closed      bool              `yaml:"closed"`      // made on the website only: it is not shown
}

// A ConditionalMenu is shown to some followers alone.
type ConditionalMenu struct {
	MenuID  int               `yaml:"menuid"`
	Rule    map[string]string `yaml:"matchrule"` // such as tag_id: 2
	Buttons []Button          `yaml:"buttons"`
}

// A Button is a button of a menu. One with Buttons below it does nothing else.
//
// Types of a menu made by API are click, view, miniprogram, media_id,
// view_limited, article_id…, of one made on the website view, text, img, voice,
// video and news.
type Button struct {
	Name     string   `yaml:"name"`
	Buttons  []Button `yaml:"buttons"`
	Key      string   `yaml:"key"`
	URL      string   `yaml:"url"`
	Article  string   `yaml:"article_id"`
	AppID    string   `yaml:"appid"`
	PagePath string   `yaml:"pagepath"`
	Message  `yaml:",inline"`
}

// A Message is what a button or an automatic reply shows: a text or a material.
type Message struct {
	Type     string      `yaml:"type"`
	Text     string      `yaml:"text"`
	Material string      `yaml:"material"` // the name of a material of this account
	ID       material.ID `yaml:"media_id"` // or its id; wins over Material
}

// kinds says which materials a message of a type may show.
var kinds = map[string][]material.Type{
	"img":          {material.Image},
	"voice":        {material.Voice},
	"video":        {material.Video},
	"news":         {material.News},
	"media_id":     {material.Image, material.Voice, material.Video, material.News},
	"view_limited": {material.News},
}

// resolve replaces the material's name by its id.
func (m *Message) resolve(s *shelf) error {
	types, shows := kinds[m.Type]
	switch {
	case !shows && (m.Material != "" || m.ID != ""):
		return fmt.Errorf("type %q shows no material; use img, voice, video, news or media_id", m.Type)
	case !shows, m.ID != "":
		return nil
	}
	id, ok := s.find(m.Material, types...)
	if !ok {
		return fmt.Errorf("material %q is not the name of what a message of type %s shows; use media_id for an id", m.Material, m.Type)
	}
	m.ID = id
	return nil
}

// resolveButtons returns the buttons with ids in place of names.
func resolveButtons(buttons []Button, s *shelf) ([]Button, *misfit) {
	out := make([]Button, len(buttons))
	for i, b := range buttons {
		if b.Name == "" {
			return nil, &misfit{[]any{i}, fmt.Errorf("a button has no name")}
		}
		if err := b.resolve(s); err != nil {
			return nil, &misfit{[]any{i}, err}
		}
		below, err := resolveButtons(b.Buttons, s)
		if err != nil {
			err.steps = append([]any{i, "buttons"}, err.steps...)
			return nil, err
		}
		b.Buttons = below
		out[i] = b
	}
	return out, nil
}

// resolved returns the menu with ids in place of names.
func (m *Menu) resolved(s *shelf) (*Menu, *misfit) {
	if m == nil {
		return nil, nil
	}
	out := *m
	var err *misfit
	if out.Buttons, err = resolveButtons(m.Buttons, s); err != nil {
		err.steps = append([]any{"buttons"}, err.steps...)
		return nil, err
	}
	out.Conditional = make([]ConditionalMenu, len(m.Conditional))
	for i, c := range m.Conditional {
		if c.Buttons, err = resolveButtons(c.Buttons, s); err != nil {
			err.steps = append([]any{"conditional", i, "buttons"}, err.steps...)
			return nil, err
		}
		if c.MenuID == 0 {
			c.MenuID = 208379533 + i
		}
		out.Conditional[i] = c
	}
	return &out, nil
}

// show adds what the menu's buttons use to set.
func (m *Menu) show(set material.Set) {
	if m == nil {
		return
	}
	showButtons(m.Buttons, set)
	for _, c := range m.Conditional {
		showButtons(c.Buttons, set)
	}
}

func showButtons(buttons []Button, set material.Set) {
	for _, b := range buttons {
		if b.ID != "" {
			set.Add(b.ID)
		}
		showButtons(b.Buttons, set)
	}
}
