package sandbox

import (
	"fmt"
	"image/color"

	"wxkeep/state/material"
)

// check reports what of m cannot be.
func (m Material) check() error {
	if _, err := material.ParseType(string(m.Type)); err != nil {
		return err
	}
	if m.ID != "" {
		if _, err := material.ParseID(string(m.ID)); err != nil {
			return err
		}
	}
	if len(m.Articles) > 0 && m.Type != material.News {
		return fmt.Errorf("only news has articles; this is type %s", m.Type)
	}
	if m.Type == material.News && m.Name != "" && len(m.Articles) > 0 {
		return fmt.Errorf("news is named after its first article; remove name %q or the articles", m.Name)
	}
	if m.Type != material.Image && (m.Thumb || m.Color != "" || m.Size != "" || m.URL != nil) {
		return fmt.Errorf("only an image has thumb, color, size or url; this is type %s", m.Type)
	}
	if m.Age < 0 {
		return fmt.Errorf("age %s is in the future", m.Age)
	}
	if _, _, err := m.dimensions(); err != nil {
		return err
	}
	_, err := m.fill()
	return err
}

// dimensions returns the picture's width and height.
func (m Material) dimensions() (width, height int, err error) {
	if m.Size == "" {
		return 16, 16, nil
	}
	n, err := fmt.Sscanf(m.Size, "%dx%d", &width, &height)
	if n != 2 || err != nil || fmt.Sprintf("%dx%d", width, height) != m.Size {
		return 0, 0, fmt.Errorf("size %q is not WIDTHxHEIGHT, such as 640x480", m.Size)
	}
	if width < 1 || height < 1 || width > 4096 || height > 4096 {
		return 0, 0, fmt.Errorf("size %q has to be between 1x1 and 4096x4096", m.Size)
	}
	return width, height, nil
}

// fill returns the picture's colour; zero when none is given.
func (m Material) fill() (color.NRGBA, error) {
	if m.Color == "" {
		return color.NRGBA{}, nil
	}
	c := color.NRGBA{A: 255}
	n, err := fmt.Sscanf(m.Color, "#%02x%02x%02x", &c.R, &c.G, &c.B)
	if n != 3 || err != nil || len(m.Color) != len("#rrggbb") {
		return color.NRGBA{}, fmt.Errorf("color %q is not #rrggbb, such as #07c160", m.Color)
	}
	return c, nil
}

// named returns m with a name. News has the title of its first article.
func (m Material) named(fallback string) Material {
	if m.Name == "" && len(m.Articles) == 0 {
		m.Name = fallback + extension(m)
	}
	if m.Type != material.News {
		return m
	}
	if len(m.Articles) == 0 {
		m.Articles = []Article{{Title: m.Name}}
	}
	m.Name = m.Articles[0].Title
	return m
}

func extension(m Material) string {
	switch {
	case m.Thumb:
		return ".jpg"
	case m.Type == material.Image:
		return ".png"
	case m.Type == material.Voice:
		return ".amr"
	case m.Type == material.Video:
		return ".mp4"
	}
	return ""
}

// covered returns m with the names of its articles' images replaced by ids.
func (m Material) covered(find func(name string) (material.ID, bool)) (Material, error) {
	articles, err := resolved(m.Articles, find)
	m.Articles = articles
	return m, err
}
