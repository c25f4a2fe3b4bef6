package reconcile

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"wxkeep/state/material"
)

// writeItems writes what the ledger remembers of a listing: head as a line of
// JSON, then the items that visit gives.
func writeItems(w io.Writer, head any, visit func(write func(*material.Item) error) error) error {
	j := json.NewEncoder(w)
	j.SetEscapeHTML(false)
	if err := j.Encode(head); err != nil {
		return err
	}
	e := material.NewEncoder(w)
	if err := visit(e.Encode); err != nil {
		return err
	}
	return e.Close()
}

// itemReader reads what writeItems wrote.
type itemReader struct{ items *material.Decoder }

// readHead reads the line of JSON into head, and returns what reads the items.
func readHead(r io.Reader, head any) (itemReader, error) {
	b := bufio.NewReader(r)
	line, err := b.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, head)
	}
	return itemReader{material.NewDecoder(b)}, err
}

// next reads n items.
func (r itemReader) next(n int) ([]material.Item, error) {
	if n < 0 {
		return nil, fmt.Errorf("%d items", n)
	}
	items := make([]material.Item, 0, min(n, maxRoom))
	for range n {
		it, err := r.items.Decode()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%d items of %d", len(items), n)
		}
		if err != nil {
			return nil, err
		}
		items = append(items, it)
	}
	return items, nil
}

// maxRoom is for how many items room is made before they are read, whatever a
// head says.
const maxRoom = 1 << 17

// end checks that nothing is left, and that what was read is what was written.
func (r itemReader) end() error {
	_, err := r.items.Decode()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err == nil:
		return errors.New("more items than its head says")
	}
	return err
}
