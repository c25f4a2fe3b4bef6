package wechat

import (
	"context"
	"errors"
	"io"
	"net/http"

	"wxkeep/state"
)

const (
	pathMenu     = "/cgi-bin/menu/get"
	pathSelfMenu = "/cgi-bin/get_current_selfmenu_info"
)

// Menu searches the menus of an account: those made by API, conditional ones
// among them, and the one that is shown now, which may be made on the website.
type Menu struct{ client *Client }

var _ state.Searcher = (*Menu)(nil)

// NewMenu returns a search of the menus over c.
func NewMenu(c *Client) *Menu { return &Menu{c} }

// Place returns [state.PlaceMenu].
func (m *Menu) Place() string { return state.PlaceMenu }

// Search calls menu/get and get_current_selfmenu_info. Having no menu (46003) is
// not an error.
//
// The second answer does not tell the ids of images, voices and videos. When
// both show the same menu, button for button, a button that has an id in the
// first is that material in the second, too. When they differ anywhere, the menu
// shown was made on the website since, and what it hides is a [state.Shown].
//
// Source: wechat-api.md sections 8.1 and 8.2.
func (m *Menu) Search(ctx context.Context) (state.Search, error) {
	d := newDisplay(m.client, state.PlaceMenu)
	made, err := m.made(ctx)
	if err != nil {
		return state.Search{Place: state.PlaceMenu}, err
	}
	for _, menu := range made {
		walk(menu.name, menu.buttons, func(where string, b *button) { b.show(d, where) })
	}
	now, err := m.now(ctx)
	if err != nil {
		return state.Search{Place: state.PlaceMenu, Uses: d.uses.List(), Seen: d.seen}, err
	}
	known := len(made) > 0 && sameButtons(made[0].buttons, now)
	walk(defaultMenu, now, func(where string, b *button) {
		if known {
			d.covers(where, b.message)
		} else {
			b.show(d, where)
		}
	})
	return d.search(ctx)
}

// defaultMenu is what the names of the default menu's buttons begin with.
const defaultMenu = "menu"

// A menu is one menu made by API; the default one comes first.
type menu struct {
	name    string
	buttons []*button
}

// made calls menu/get.
func (m *Menu) made(ctx context.Context) ([]menu, error) {
	var menus []menu
	_, err := m.client.call(ctx, request{
		method: http.MethodGet,
		path:   pathMenu,
		limit:  maxSmall,
		decode: func(body io.Reader) (err error) {
			menus, err = readMenus(body)
			return err
		},
	})
	if errors.Is(err, state.ErrNoMenu) {
		return nil, nil
	}
	return menus, err
}

// readMenus reads an answer of menu/get. One without menu is an error: it is
// 46003 that says there is none.
func readMenus(body io.Reader) ([]menu, error) {
	var first *menu
	var conditional []menu
	_, err := readAnswer(body, func(s *scanner, key []byte) error {
		switch string(key) {
		case "menu":
			m, err := readMenu(s)
			m.name = defaultMenu
			first = &m
			return err
		case "conditionalmenu":
			return s.list(func() error {
				m, err := readMenu(s)
				conditional = append(conditional, m)
				return err
			})
		}
		return s.skip()
	})
	switch {
	case err != nil:
		return nil, err
	case first == nil:
		return nil, unexpected("no menu, which is not the same as 46003")
	}
	return append([]menu{*first}, conditional...), nil
}

// readMenu reads one menu, and names it as a conditional one: by its menuid, or
// else by its rule.
func readMenu(s *scanner) (menu, error) {
	var m menu
	var id, rule string
	found := false
	err := s.object(func(key []byte) (err error) {
		switch string(key) {
		case "button":
			found = true
			m.buttons, err = readButtons(s)
			return err
		case "menuid":
			return s.word(&id)
		case "matchrule":
			return readRule(s, &rule)
		}
		return s.skip()
	})
	if err == nil && !found {
		err = unexpected("a menu without button")
	}
	switch {
	case id != "":
		m.name = "menu (conditional " + id + ")"
	case rule != "":
		m.name = "menu (conditional, " + rule + ")"
	default:
		m.name = "menu (conditional)"
	}
	return m, err
}

// readRule reads a matchrule, whose values are numbers or strings, into words
// such as tag_id 2, country 中国.
func readRule(s *scanner, rule *string) error {
	if none, err := s.null(); none || err != nil {
		return err
	}
	return s.object(func(key []byte) error {
		name, value := string(key), ""
		if err := s.word(&value); err != nil || value == "" {
			return err
		}
		if *rule != "" {
			*rule += ", "
		}
		*rule += name + " " + value
		return nil
	})
}

// now calls get_current_selfmenu_info.
func (m *Menu) now(ctx context.Context) ([]*button, error) {
	var buttons []*button
	_, err := m.client.call(ctx, request{
		method: http.MethodGet,
		path:   pathSelfMenu,
		limit:  maxSmall,
		decode: func(body io.Reader) (err error) {
			buttons, err = readSelfMenu(body)
			return err
		},
	})
	if errors.Is(err, state.ErrNoMenu) {
		return nil, nil
	}
	return buttons, err
}

// readSelfMenu reads an answer of get_current_selfmenu_info. Only a menu that is
// said not to be open may be missing. The buttons of a closed one count: it may
// be opened again.
func readSelfMenu(body io.Reader) ([]*button, error) {
	open := int64(-1)
	found := false
	var buttons []*button
	_, err := readAnswer(body, func(s *scanner, key []byte) error {
		switch string(key) {
		case "is_menu_open":
			return s.integer(&open)
		case "selfmenu_info":
			if none, err := s.null(); none || err != nil {
				return err
			}
			return s.object(func(key []byte) (err error) {
				if string(key) != "button" {
					return s.skip()
				}
				found = true
				buttons, err = readButtons(s)
				return err
			})
		}
		return s.skip()
	})
	if err == nil && !found && open != 0 {
		err = unexpected("no selfmenu_info with button, and is_menu_open is not 0")
	}
	return buttons, err
}
