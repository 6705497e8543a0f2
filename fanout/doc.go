// Package fanout moves what was recorded to those who watch: one pump for each
// node follows the feed and hands every page to the topics.
package fanout
