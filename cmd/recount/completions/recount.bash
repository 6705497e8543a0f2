# Completes recount in bash. Put this into ~/.bashrc:
#
#   source <(recount completion bash)

_recount() {
	local IFS=$'\n' line
	# Up to the cursor; bash has cut the words at ":" and "=", so cut anew.
	local words
	IFS=$' \t\n' read -r -a words <<<"${COMP_LINE:0:COMP_POINT}"
	[[ ${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && words+=("")

	local word=${words[${#words[@]} - 1]}
	COMPREPLY=()
	while IFS= read -r line; do
		COMPREPLY+=("${line%%$'\t'*}")
	done < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)

	# What bash replaces begins after the last ":" or "=".
	local kept=${word%"${word##*[:=]}"}
	[[ $COMP_WORDBREAKS == *[:=]* && -n $kept ]] && COMPREPLY=("${COMPREPLY[@]#"$kept"}")
}

complete -o default -F _recount recount
