// SPDX-License-Identifier: Apache-2.0

//go:build !old

package main

import (
	"regexp"
	"strings"
)

var patterns = []*regexp.Regexp{
	regexp.MustCompile(`coupon (SAVE\d+)`),
	regexp.MustCompile(`gift=(true|false)`),
	regexp.MustCompile(`to (\d+) [A-Z]\w+`),
}

func classify(note string) string {
	var b strings.Builder
	for _, re := range patterns {
		appendMatch(&b, re, note)
	}
	return b.String()
}

func appendMatch(b *strings.Builder, re *regexp.Regexp, note string) {
	m := re.FindStringSubmatchIndex(note)
	if m == nil {
		return
	}
	if b.Len() > 0 {
		b.WriteByte(',')
	}
	b.WriteString(note[m[2]:m[3]])
}
