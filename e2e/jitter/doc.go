// Package jitter holds tests in the style of AnyCable's jitter test: many
// clients whose connections are cut again and again while events come, and who
// must end with exactly the same events. The server is a process of its own.
package jitter
