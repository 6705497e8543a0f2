package websocket_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// crowdEnv makes a crowd of clients of this program: "address number".
const crowdEnv = "RECOUNT_WEBSOCKET_CROWD"

func TestMain(m *testing.M) {
	if crowd := os.Getenv(crowdEnv); crowd != "" {
		if err := joinCrowd(crowd); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}

		return
	}

	goleak.VerifyTestMain(m)
}
