package wechat_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wxkeep/state"
	"wxkeep/state/material"
	"wxkeep/state/wechat"
	"wxkeep/state/wechat/sandbox"
)

const appid = "wx0123456789abcdef"

// connect returns a client of a pretend account.
func connect(t *testing.T, account sandbox.Account) (*wechat.Client, *sandbox.Sandbox) {
	t.Helper()
	account.AppID = appid
	s := sandbox.New(account)
	server, err := s.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	transport, err := wechat.NewTransport(wechat.Transport{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.CloseIdleConnections)
	config := wechat.Config{
		Endpoint: server.URL, HTTP: transport,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	config.Token, err = wechat.NewStableToken(config, appid, func(context.Context) (string, error) {
		secret, _ := s.AppSecret(appid)
		return secret, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	client, err := wechat.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return client, s
}

func TestAPretendAccountIsListedReadAndDeletedFrom(t *testing.T) {
	t.Parallel()
	client, s := connect(t, sandbox.Account{
		Generate: sandbox.Generate{Image: 45, Voice: 3, Video: 1, News: 21, ArticleBytes: 50_000},
		Faults:   []sandbox.Fault{{Path: "/cgi-bin/material/batchget_material", BadBytes: true}},
	})
	reader := wechat.NewReader(client)
	snapshot, err := state.Observe(t.Context(), reader, material.Types(), state.Options{Parallelism: 4})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ids(s.Live(appid)), ids(snapshot.Items)); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	approved := material.Set{}
	for _, item := range snapshot.Items {
		content, err := reader.Material(t.Context(), item.ID)
		kind := map[bool]material.Type{content.Video != nil: material.Video, content.Articles != nil: material.News}[true]
		if err != nil || kind != "" && kind != item.Type || kind == "" && len(content.File) == 0 {
			t.Errorf("%s %s: %v, content %+v", item.Type, item.ID, err, content)
		}
		approved.Add(item.ID)
	}
	deleter := wechat.NewDeleter(client, approved, nil)
	for id := range approved {
		if unclear, err := deleter.Delete(t.Context(), id); unclear || err != nil {
			t.Errorf("delete %s: unclear %v, %v", id, unclear, err)
		}
	}
	if left := s.Live(appid); len(left) > 0 {
		t.Errorf("%d items are left", len(left))
	}
	want := s.Calls()
	for path := range want {
		if !strings.HasPrefix(path, "/cgi-bin/material/") || want[path] == 0 {
			delete(want, path)
		}
	}
	if diff := cmp.Diff(want, client.Calls()); diff != "" {
		t.Errorf("calls (-served +counted):\n%s", diff)
	}
}

func TestADeletionWhoseAnswerIsLostIsUnclear(t *testing.T) {
	t.Parallel()
	for _, lost := range []sandbox.Lost{sandbox.LostBusy, sandbox.LostCut} {
		client, s := connect(t, sandbox.Account{
			Generate: sandbox.Generate{Image: 1},
			Faults:   []sandbox.Fault{{Path: "/cgi-bin/material/del_material", At: 1, Lost: lost}},
		})
		id := s.Live(appid)[0].ID
		unclear, err := wechat.NewDeleter(client, material.Set{id: {}}, nil).Delete(t.Context(), id)
		if !unclear || !errors.Is(err, state.ErrGone) {
			t.Errorf("%s: unclear %v, %v", lost, unclear, err)
		}
	}
}

func ids(items []material.Item) []material.ID {
	set := material.Set{}
	for _, item := range items {
		set.Add(item.ID)
	}
	return slices.Sorted(maps.Keys(set))
}
