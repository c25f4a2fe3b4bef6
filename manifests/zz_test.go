package manifests
import ("testing";"fmt";"strings";"bytes";"io";"gopkg.in/yaml.v3")
func gen(k int, long bool) []byte {
 var b strings.Builder
 b.WriteString("apiVersion: wxkeep/v1\naccount: {name: a, appid: wx0123456789abcdef}\ntypes: [image]\nreferences: []\narchive: off\nkeep:\n")
 for i:=0;i<k;i++{ id:=fmt.Sprintf("qzM%040d",i); if long {fmt.Fprintf(&b,"  - media_id: %q\n    name: logo%d.png\n    reason: menu banner %d\n",id,i,i)} else {fmt.Fprintf(&b,"  - %q\n",id)}}
 return []byte(b.String())
}
func nodes(t []byte){ dec:=yaml.NewDecoder(bytes.NewReader(t)); for {var n yaml.Node; if err:=dec.Decode(&n); err==io.EOF {return}}}
func BenchmarkX(b *testing.B){ for _,long:=range []bool{false,true}{ t:=gen(100000,long)
 b.Run(fmt.Sprint("nodes",long),func(b *testing.B){b.ReportAllocs(); for b.Loop(){nodes(t)}})
 b.Run(fmt.Sprint("decode",long),func(b *testing.B){b.ReportAllocs(); for b.Loop(){l:=newLoader(Options{}); f:=&file{path:"x",given:true}; l.files=append(l.files,f); l.decode(f,t); l.link(); if len(l.problems)>0||len(l.policy().Accounts[0].Keep)!=100000 {b.Fatal(l.problems)}}})
 l:=newLoader(Options{}); f:=&file{path:"x",given:true}; l.files=append(l.files,f); l.decode(f,t); l.link()
 b.Run(fmt.Sprint("digest",long),func(b *testing.B){b.ReportAllocs(); for b.Loop(){l.policy().Accounts[0].Digest()}})
}}
