package config

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/recountdev/recount/internal/nearest"
)

// A reader turns the text of a setting into its value, or says what is wrong
// with it.
type reader[T any] func(text string) (T, error)

func asText(text string) (string, error) { return text, nil }

func asBytes(text string) ([]byte, error) { return []byte(text), nil }

func asBool(text string) (bool, error) {
	switch text {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "yes", "on", "True", "TRUE", "y", "Yes", "On", "YES", "ON":
		return false, fmt.Errorf("%s is neither true nor false: write true", shown(text))
	case "no", "off", "False", "FALSE", "n", "No", "Off", "NO", "OFF":
		return false, fmt.Errorf("%s is neither true nor false: write false", shown(text))
	default:
		return false, fmt.Errorf("%s is neither true nor false", shown(text))
	}
}

// asCount reads a whole number such as 1000 or 1_000.
func asCount(least, most int) reader[int] {
	return func(text string) (int, error) {
		n, err := strconv.Atoi(strings.ReplaceAll(text, "_", ""))
		if err != nil {
			return 0, fmt.Errorf("%s is no whole number: write one such as 100", shown(text))
		}

		if n < least || n > most {
			return 0, fmt.Errorf("%d is out of range: give a number from %d to %d", n, least, most)
		}

		return n, nil
	}
}

// The units of sizes.
var units = []struct {
	name  string
	bytes float64
}{
	{"KiB", 1 << 10},
	{"MiB", 1 << 20},
	{"GiB", 1 << 30},
	{"kB", 1e3},
	{"KB", 1e3},
	{"MB", 1e6},
	{"GB", 1e9},
	{"B", 1},
}

// asSize reads a size such as 255, 16KiB or 1.25MiB.
func asSize(least, most int) reader[int] {
	return func(text string) (int, error) {
		amount, factor := strings.TrimSpace(text), 1.0
		for _, unit := range units {
			if before, ok := strings.CutSuffix(amount, unit.name); ok {
				amount, factor = strings.TrimSpace(before), unit.bytes

				break
			}
		}

		n, err := strconv.ParseFloat(amount, 64)
		if err != nil || math.IsNaN(n) || strings.ContainsAny(amount, "eExXpPnN+") {
			return 0, fmt.Errorf("%s is no size: write bytes such as 255, or 16KiB or 1.25MiB", shown(text))
		}

		if n *= factor; n != math.Trunc(n) && n < float64(most) {
			return 0, fmt.Errorf("%s is no whole number of bytes", shown(text))
		}

		if n < float64(least) || n > float64(most) {
			return 0, fmt.Errorf("%s is out of range: give a size from %s to %s", shown(text), sizeText(least), sizeText(most))
		}

		return int(n), nil
	}
}

// sizeText returns a size as a person writes it.
func sizeText(n int) string {
	switch {
	case n >= 1<<20 && n%(1<<18) == 0:
		return strconv.FormatFloat(float64(n)/(1<<20), 'f', -1, 64) + "MiB"
	case n >= 1<<10 && n < 1<<20 && n%(1<<8) == 0:
		return strconv.FormatFloat(float64(n)/(1<<10), 'f', -1, 64) + "KiB"
	default:
		return strconv.Itoa(n)
	}
}

// asDuration reads a duration such as 500ms, 90s, 15m or 1h30m.
func asDuration(least, most time.Duration) reader[time.Duration] {
	return func(text string) (time.Duration, error) {
		d, err := time.ParseDuration(text)
		if err != nil {
			if _, err := strconv.ParseFloat(text, 64); err == nil {
				return 0, fmt.Errorf("%s lacks its unit: write %ss or %sm", shown(text), text, text)
			}

			return 0, fmt.Errorf("%s is no duration: write one such as 500ms, 90s, 15m or 1h30m", shown(text))
		}

		if d < least || d > most {
			return 0, fmt.Errorf("%s is out of range: give a duration from %s to %s", shown(text), spanText(least), spanText(most))
		}

		return d, nil
	}
}

// spanText returns a duration without the units that are 0.
func spanText(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}

	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}

	return text
}

// oneOf reads one of several words.
func oneOf(words ...string) reader[string] {
	return func(text string) (string, error) {
		if slices.Contains(words, text) {
			return text, nil
		}

		return "", fmt.Errorf("%s is unknown%s", shown(text), orElse(text, words))
	}
}

// orElse says which of the known words was probably meant, or lists them.
func orElse(word string, known []string) string {
	if near, ok := near(word, known); ok {
		return ": did you mean " + near + "?"
	}

	if len(known) == 0 {
		return ""
	}

	if len(known) > 20 {
		return ": there are " + strings.Join(known[:20], ", ") + " …"
	}

	return ": there are " + strings.Join(known, ", ")
}

// near returns the known word that is nearest, whatever its case.
func near(word string, known []string) (string, bool) {
	if len(word) > maxShown {
		return "", false
	}

	if found, ok := nearest.Of(word, known); ok {
		return found, true
	}

	return nearest.Of(strings.ToLower(word), known)
}

// maxShown is how many bytes of what stands in the file a message repeats.
const maxShown = 100

// shown returns what stands in the file, quoted and cut.
func shown(text string) string {
	if len(text) > maxShown {
		text = strings.ToValidUTF8(text[:maxShown], "") + "…"
	}

	return strconv.Quote(text)
}

// errEmpty says that a setting has no value.
var errEmpty = errors.New("there is no value: give one, or leave the key out")
