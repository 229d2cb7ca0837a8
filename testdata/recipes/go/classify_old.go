// SPDX-License-Identifier: Apache-2.0

//go:build old

package main

import (
	"fmt"
	"regexp"
	"strings"
)

// classify compiles its patterns for every order: what the newer version repairs.
func classify(note string) string {
	var tags []string
	for _, p := range []string{`coupon (SAVE\d+)`, `gift=(true|false)`, `to (\d+) [A-Z]\w+`} {
		if m := regexp.MustCompile(p).FindStringSubmatch(note); m != nil {
			tags = append(tags, fmt.Sprintf("%s", m[1]))
		}
	}
	return strings.Join(tags, ",")
}
