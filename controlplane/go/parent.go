package main

import (
	"io"
	"os"
)

// exitWithParent ends this process when the one that started it is gone, however it went: a parent
// that was killed cannot stop its servers. The parent asks for it by CONTROLPLANE_EXIT_WITH_PARENT and
// holds the other end of stdin, which the operating system closes when the parent dies.
func exitWithParent() {
	if os.Getenv("CONTROLPLANE_EXIT_WITH_PARENT") == "" {
		return
	}
	killWithParent()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
}
