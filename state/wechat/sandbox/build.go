package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"wxkeep/state/material"
)

// A misfit is an account description that cannot be, with the way to it.
type misfit struct {
	steps []any // keys and indexes, from the top of the file
	err   error
}

func (m *misfit) Error() string {
	where := ""
	for _, s := range m.steps {
		if i, ok := s.(int); ok {
			where += fmt.Sprintf("[%d]", i)
			continue
		}
		if where != "" {
			where += "."
		}
		where += fmt.Sprint(s)
	}
	return where + ": " + m.err.Error()
}

func (m *misfit) Unwrap() error { return m.err }

// build makes a sandbox of the accounts, whose ages count from clock().
func build(clock func() time.Time, accounts []Account) (*Sandbox, error) {
	s := &Sandbox{
		clock:    clock,
		accounts: map[string]*account{},
		tokens:   map[string]*token{},

		components:      map[string]*component{},
		componentTokens: map[string]*componentToken{},

		calls: map[string]int{},
	}
	s.endpoints = endpoints()
	if len(accounts) == 0 {
		return nil, &misfit{[]any{"accounts"}, fmt.Errorf("there is none; describe at least one account")}
	}
	now := clock()
	for i, a := range accounts {
		if err := s.open(a, now); err != nil {
			err.steps = append([]any{"accounts", i}, err.steps...)
			return nil, err
		}
	}
	return s, nil
}

// open adds an account.
func (s *Sandbox) open(a Account, now time.Time) *misfit {
	if a.AppID == "" {
		return &misfit{nil, fmt.Errorf("appid is missing")}
	}
	if _, twice := s.accounts[a.AppID]; twice {
		return &misfit{[]any{"appid"}, fmt.Errorf("%s is there twice", a.AppID)}
	}
	acc := &account{
		appid:       a.AppID,
		secret:      a.Secret,
		permissions: slices.Clone(a.Permissions),
		whitelist:   a.IPWhitelist,
		quotas:      limits(a),
		meters:      map[string]*meter{},
		temporaries: map[material.ID]temporary{},
		showing:     material.Set{},
	}
	if acc.secret == "" {
		acc.secret = pretendSecret(a.AppID)
	}
	if err := s.checkLimits(a); err != nil {
		return err
	}
	if err := checkWhitelist(a.IPWhitelist); err != nil {
		return err
	}
	for i, f := range a.Faults {
		if err := f.check(s.endpoints); err != nil {
			return &misfit{[]any{"faults", i}, err}
		}
		acc.faults = append(acc.faults, newFault(f))
	}
	if err := a.Order.check(); err != nil {
		return &misfit{[]any{"order"}, err}
	}
	var err *misfit
	if acc.shelf, err = stock(a, now); err != nil {
		return err
	}
	acc.shelf.order = a.Order
	if err := acc.furnish(a, now); err != nil {
		return err
	}
	if a.AccessToken != "" {
		if _, taken := s.tokens[a.AccessToken]; taken {
			return &misfit{[]any{"access_token"}, fmt.Errorf("another account has the same")}
		}
		s.tokens[a.AccessToken] = &token{value: a.AccessToken, account: acc}
	}
	if err := s.rent(acc, a.CloudRun); err != nil {
		return err
	}
	if err := s.authorise(acc, a.ThirdParty); err != nil {
		return err
	}
	s.accounts[a.AppID] = acc
	s.order = append(s.order, a.AppID)
	return nil
}

// maxGenerated is ten times what an account can hold (wechat-api.md section
// 2.5), and bounds the length of an article.
const maxGenerated = 1_000_000

// checkLimits looks at the counts: none may be negative, and a quota has to
// name an endpoint.
func (s *Sandbox) checkLimits(a Account) *misfit {
	g := a.Generate
	if min(g.Image, g.Voice, g.Video, g.News, g.Drafts, g.ArticleBytes) < 0 {
		return &misfit{[]any{"generate"}, fmt.Errorf("a number is negative")}
	}
	if most := max(g.Image, g.Voice, g.Video, g.News, g.Drafts, g.ArticleBytes); most > maxGenerated {
		return &misfit{[]any{"generate"}, fmt.Errorf("%d is more than %d", most, maxGenerated)}
	}
	for path, q := range a.Quotas {
		if _, known := s.endpoints[path]; !known {
			return &misfit{[]any{"quotas"}, fmt.Errorf("%q is not an endpoint of the sandbox", path)}
		}
		if min(q.Daily, q.Used, q.Minute, q.RefreshSecond) < 0 {
			return &misfit{[]any{"quotas", path}, fmt.Errorf("a number is negative")}
		}
	}
	return nil
}

// limits are the quotas of an account.
func limits(a Account) map[string]Quota {
	all := map[string]Quota{}
	if a.TestAccount {
		all[Count], all[BatchGet] = Quota{Daily: testAccountDaily}, Quota{Daily: testAccountDaily}
	}
	maps.Copy(all, a.Quotas)
	return all
}

// furnish adds the places in which an account uses its materials.
func (acc *account) furnish(a Account, now time.Time) (err *misfit) {
	named := func(key string, err *misfit) *misfit {
		if err != nil {
			err.steps = append([]any{key}, err.steps...)
		}
		return err
	}
	if acc.menu, err = a.Menu.resolved(acc.shelf); err != nil {
		return named("menu", err)
	}
	if acc.website, err = a.WebsiteMenu.resolved(acc.shelf); err != nil {
		return named("website_menu", err)
	}
	if acc.replies, err = a.AutoReplies.resolved(acc.shelf); err != nil {
		return named("auto_replies", err)
	}
	acc.menu.show(acc.showing)
	acc.website.show(acc.showing)
	for _, m := range acc.replies.messages() {
		if m.ID != "" {
			acc.showing.Add(m.ID)
		}
	}
	acc.box, err = newBox(a, acc.shelf, now)
	return err
}

// stock fills a shelf with the account's materials.
func stock(a Account, now time.Time) (*shelf, *misfit) {
	all, covers, wrong := complete(a)
	if wrong != nil {
		return nil, wrong
	}
	find := func(name string) (material.ID, bool) { id, ok := covers[name]; return id, ok }
	s := newShelf(a.AppID)
	for i := len(all) - 1; i >= 0; i-- { // the oldest first
		m, err := all[i].covered(find)
		if err != nil {
			return nil, &misfit{[]any{"materials", i}, err}
		}
		if m.Updated.IsZero() {
			m.Updated = now.Add(-m.Age)
		}
		if _, err := s.put(m); err != nil {
			return nil, &misfit{[]any{"materials", i}, err}
		}
	}
	return s, nil
}

// complete returns the account's materials, newest first, with name, id and
// age where they were left out, and the images among them by name.
func complete(a Account) ([]Material, map[string]material.ID, *misfit) {
	all := slices.Clone(a.Materials)
	ids := material.Set{}
	unnumbered := map[string]int{} // how often a type and name came without an id
	covers := map[string]material.ID{}
	for i, m := range all {
		if err := m.check(); err != nil {
			return nil, nil, &misfit{[]any{"materials", i}, err}
		}
		if m.Age == 0 {
			m.Age = defaultAge + tied(i)
		}
		m = m.named(fmt.Sprintf("%s-%d", m.Type, i+1))
		if m.ID == "" {
			key := string(m.Type) + "\x00" + m.Name
			m.ID = mediaID(a.AppID, m.Type, m.Name, strconv.Itoa(unnumbered[key]), m.Long)
			unnumbered[key]++
		}
		if ids.Has(m.ID) {
			return nil, nil, &misfit{[]any{"materials", i, "media_id"}, fmt.Errorf("%s is there twice", m.ID)}
		}
		ids.Add(m.ID)
		if _, taken := covers[m.Name]; !taken && m.Type == material.Image {
			covers[m.Name] = m.ID
		}
		all[i] = m
	}
	return slices.Concat(all, a.Generate.materials(a.AppID)), covers, nil
}
