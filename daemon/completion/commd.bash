# Completes the options of commd in bash, as commd --help tells them.
_commd()
{
	COMPREPLY=()
	case $2,$3 in
	-*) mapfile -t COMPREPLY < <(compgen -W "$("$1" --help | grep -oE '(^| )--?[a-z-]+')" -- "$2") ;;
	*,-c | *,--config | *,-s | *,--socket) compopt -o default ;;
	esac
}
complete -F _commd commd
