// Package backends opens stores by URL. It is the one place that imports every
// driver: a program that wants only some of them calls those packages itself.
//
//	memory:             in memory, gone when it is closed
//	pebble:data         embedded, in a folder; the path is relative to the
//	                    working directory
//	pebble:///var/data  the same, with an absolute path
package backends
