package projection

import "context"

// AroundCommits puts a function around every commit.
func (v *Views) AroundCommits(around func(commit func() error) error) { v.commits = around }

// Damage changes tables past the runner.
func (v *Views) Damage(ctx context.Context, statement string) error {
	return v.transact(ctx, func(t *transaction) error {
		_, err := t.exec(ctx, statement)

		return err
	})
}
