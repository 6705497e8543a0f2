package websocket

import "testing"

func TestNegotiate(t *testing.T) {
	t.Parallel()

	const plain = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

	for offer, want := range map[string]string{
		"":                   "",
		"permessage-deflate": plain,
		"permessage-deflate; client_max_window_bits":                                 plain, // Chromium, Firefox
		"permessage-deflate; client_max_window_bits=10":                              plain,
		"permessage-deflate; server_no_context_takeover; client_no_context_takeover": plain,
		"x-webkit-deflate-frame, permessage-deflate":                                 plain, // Safari, once
		"permessage-bzip2": "",
		"permessage-deflate; server_max_window_bits=15":                                                      plain + "; server_max_window_bits=15",
		"permessage-deflate; server_max_window_bits=10":                                                      "",
		"permessage-deflate; server_max_window_bits=10, permessage-deflate":                                  plain,
		"permessage-deflate; server_max_window_bits":                                                         "",
		"permessage-deflate; server_max_window_bits=16":                                                      "",
		"permessage-deflate; client_max_window_bits=7":                                                       "",
		"permessage-deflate; unknown":                                                                        "",
		"permessage-deflate; server_no_context_takeover=1":                                                   "",
		"permessage-deflate; a; b; c; d; e; f; g; h; i; j; k; l, permessage-deflate; client_max_window_bits": plain,
		";;;":                    "",
		"permessage-deflate; \"": "",
	} {
		if got := negotiate([]string{offer}); got != want {
			t.Errorf("%s: got %q, want %q", offer, got, want)
		}
	}

	if got := negotiate([]string{"foo, ;", "permessage-deflate"}); got != plain {
		t.Errorf("in a second header: got %q", got)
	}
}
