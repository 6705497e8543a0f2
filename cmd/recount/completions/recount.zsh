#compdef recount
# Completes recount in zsh. Put this into ~/.zshrc, below compinit:
#
#   source <(recount completion zsh)

_recount() {
	local -a candidates
	local line
	while IFS= read -r line; do
		candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
	done < <("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)

	if (( ${#candidates} )); then
		_describe 'recount' candidates
	else
		_files
	fi
}

compdef _recount recount
