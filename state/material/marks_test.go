package material

import "testing"

func TestMarksNeverDenyAnID(t *testing.T) {
	t.Parallel()
	items := listed(2_000)
	m := MarksOf(items[:1_000])
	for _, it := range items[:1_000] {
		if !m.MayHave(it.ID) {
			t.Fatalf("%s is denied", it.ID)
		}
	}
	wrong := 0
	for _, it := range items[1_000:] {
		if m.MayHave(it.ID) {
			wrong++
		}
	}
	if wrong > 2 { // one in four million is wrong
		t.Errorf("%d of 1000 others are taken for known ones", wrong)
	}
	if (Marks{}).MayHave("a") {
		t.Error("no marks have something")
	}
}
