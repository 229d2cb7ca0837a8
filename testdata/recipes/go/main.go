// SPDX-License-Identifier: Apache-2.0

// Command shop is a small order pipeline that writes every kind of profile the Go runtime has.
// Clients make orders and encode them; workers decode, classify, index and rank them. Work carries the pprof
// labels "tenant", "stage" and "shard". The tags "old" and "new" choose the body of classify.
package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"time"
)

// Item is one line of an order.
type Item struct {
	SKU   string  `json:"sku"`
	Count int     `json:"count"`
	Price float64 `json:"price"`
}

// Order is what clients send, as JSON.
type Order struct {
	ID     int64             `json:"id"`
	Tenant string            `json:"tenant"`
	Note   string            `json:"note"`
	Items  []Item            `json:"items"`
	Attrs  map[string]string `json:"attrs"`
}

// Index holds totals per SKU, shared by all workers behind one contended lock.
type Index struct {
	mu     sync.Mutex
	totals map[string]float64
	recent []*Order
}

const recentOrders = 12000

var tenants = []string{"acme", "globex", "initech", "umbrella"}

func (x *Index) add(o *Order) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, it := range o.Items {
		x.totals[it.SKU] += float64(it.Count) * it.Price
	}
	if len(x.recent) < recentOrders {
		x.recent = append(x.recent, o)
	} else {
		x.recent[o.ID%recentOrders] = o
	}
}

func (x *Index) rank(n int) []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	keys := make([]string, 0, len(x.totals))
	for k := range x.totals {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		return cmp.Or(cmp.Compare(x.totals[b], x.totals[a]), strings.Compare(a, b))
	})
	return keys[:min(n, len(keys))]
}

// pathWeight recurses, so that one function stands in a stack many times.
func pathWeight(s string, depth int) int {
	if depth == 0 || len(s) < 2 {
		n := 0
		for i := range 40 {
			n += int(s[i%len(s)]) * i
		}
		return n
	}
	half := len(s) / 2
	return pathWeight(s[:half], depth-1) + pathWeight(s[half:], depth-1)
}

func makeOrder(r *rand.Rand, id int64, tenant string) *Order {
	o := &Order{ID: id, Tenant: tenant, Attrs: make(map[string]string)}
	for range 3 + r.IntN(6) {
		o.Items = append(o.Items, Item{
			SKU:   fmt.Sprintf("%s-%04d", tenant[:2], r.IntN(3000)),
			Count: 1 + r.IntN(9),
			Price: float64(r.IntN(10000)) / 100,
		})
	}
	o.Note = fmt.Sprintf("ship to %d Main St, gift=%t, coupon SAVE%02d", r.IntN(900), r.IntN(2) == 0, r.IntN(50))
	o.Attrs["channel"] = []string{"web", "app", "phone"}[r.IntN(3)]
	o.Attrs["region"] = fmt.Sprintf("r%d", r.IntN(12))
	return o
}

func client(ctx context.Context, tenant string, n int, seed uint64, out chan<- []byte) {
	r := rand.New(rand.NewPCG(seed, 42))
	for i := range n {
		id := int64(seed)<<32 + int64(i)
		var body []byte
		pprof.Do(ctx, pprof.Labels("tenant", tenant, "stage", "encode"), func(context.Context) {
			var err error
			if body, err = json.Marshal(makeOrder(r, id, tenant)); err != nil {
				log.Fatal(err)
			}
		})
		out <- body
	}
}

func worker(ctx context.Context, shard int, in <-chan []byte, x *Index) {
	ctx = pprof.WithLabels(ctx, pprof.Labels("shard", fmt.Sprint(shard)))
	n := 0
	for body := range in {
		n++
		o := new(Order)
		pprof.Do(ctx, pprof.Labels("stage", "decode"), func(context.Context) {
			if err := json.NewDecoder(bytes.NewReader(body)).Decode(o); err != nil {
				log.Fatal(err)
			}
		})
		pprof.Do(ctx, pprof.Labels("stage", "classify", "tenant", o.Tenant), func(context.Context) {
			o.Attrs["class"] = classify(o.Note)
			o.Attrs["weight"] = fmt.Sprint(pathWeight(o.Note, 4))
		})
		pprof.Do(ctx, pprof.Labels("stage", "index", "tenant", o.Tenant), func(context.Context) {
			x.add(o)
		})
		if n%1000 == 0 {
			pprof.Do(ctx, pprof.Labels("stage", "rank"), func(context.Context) { x.rank(20) })
		}
	}
}

// session only waits: many alike, so that the goroutine profile has counts above one.
func session(ctx context.Context, tenant string) {
	pprof.Do(ctx, pprof.Labels("tenant", tenant, "stage", "idle"), func(ctx context.Context) {
		<-ctx.Done()
	})
}

// write stores one named profile; debug as in pprof.Profile.WriteTo.
func write(dir, file, profile string, debug int) {
	f, err := os.Create(filepath.Join(dir, file))
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	if err := pprof.Lookup(profile).WriteTo(f, debug); err != nil {
		log.Fatal(err)
	}
}

func main() {
	dir := flag.String("dir", ".", "where to write the profiles")
	orders := flag.Int("orders", 120_000, "how many orders to send, always the same ones")
	all := flag.Bool("all", false, "write every kind of profile, not only CPU and heap")
	flag.Parse()

	runtime.SetMutexProfileFraction(5)
	runtime.SetBlockProfileRate(20_000)

	cpu, err := os.Create(filepath.Join(*dir, "cpu.pb.gz"))
	if err != nil {
		log.Fatal(err)
	}
	if err := pprof.StartCPUProfile(cpu); err != nil {
		log.Fatal(err)
	}

	ctx, cancel := context.WithCancel(context.Background())
	x := &Index{totals: make(map[string]float64)}
	queue := make(chan []byte, 8)
	var clients, rest sync.WaitGroup
	for i, t := range tenants {
		clients.Go(func() { client(ctx, t, *orders/len(tenants), uint64(i+1), queue) })
	}
	for i := range 10 {
		rest.Go(func() { session(ctx, tenants[i*i%len(tenants)]) })
	}
	for shard := range 3 {
		rest.Go(func() { worker(ctx, shard, queue, x) })
	}
	if *all {
		time.Sleep(time.Second) // into the middle of the work
		write(*dir, "goroutine.pb.gz", "goroutine", 0)
		write(*dir, "goroutine.txt", "goroutine", 1)
		write(*dir, "goroutine-debug2.txt", "goroutine", 2)
		write(*dir, "threadcreate.pb.gz", "threadcreate", 0)
		write(*dir, "threadcreate.txt", "threadcreate", 1)
	}
	clients.Wait()
	pprof.StopCPUProfile()
	cpu.Close()
	close(queue)
	cancel()
	rest.Wait()
	runtime.GC()
	write(*dir, "heap.pb.gz", "heap", 0)
	if *all {
		write(*dir, "heap.txt", "heap", 1)
		write(*dir, "allocs.pb.gz", "allocs", 0)
		write(*dir, "mutex.pb.gz", "mutex", 0)
		write(*dir, "mutex.txt", "mutex", 1)
		write(*dir, "block.pb.gz", "block", 0)
		write(*dir, "block.txt", "block", 1)
	}
	fmt.Println("top:", x.rank(3))
}
