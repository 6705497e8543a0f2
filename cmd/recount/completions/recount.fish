# Completes recount in fish. Put this into ~/.config/fish/config.fish:
#
#   recount completion fish | source

function __recount_complete
	set -l words (commandline -opc) (commandline -ct)
	set -l candidates ($words[1] __complete $words[2..-1] 2>/dev/null)
	if test (count $candidates) -gt 0
		printf '%s\n' $candidates
	else
		__fish_complete_path (commandline -ct)
	end
end

complete -c recount -f -a '(__recount_complete)'
