# Completion of trainbudget for bash, made from its option table.
_trainbudget_ids() { trainbudget list "$1" --tsv 2>/dev/null | tail -n +2 | cut -f1; }
_trainbudget() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=
  case $prev in
    --preset) words=$(_trainbudget_ids runs) ;;
    --model) words=$(_trainbudget_ids models) ;;
    --chip) words=$(_trainbudget_ids chips) ;;
    --chips) return ;;
    --cluster) words=$(_trainbudget_ids clusters) ;;
    --precision) return ;;
    --basis) words='measured predicted prior' ;;
    --plan) return ;;
    --mfu) return ;;
    --set) words=$(_trainbudget_ids params) ;;
    --rent) words='on-demand reserved spot' ;;
    --seq-len) return ;;
    --get) words=$(_trainbudget_ids metrics) ;;
    --require) words=$(_trainbudget_ids metrics) ;;
    --level) return ;;
    --samples) return ;;
    --seed) return ;;
    --mfu-convention) words=$(_trainbudget_ids conventions) ;;
    --peak) words='matrix headline' ;;
    --output|-o) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --color) words='auto always never' ;;
    --preset-dir) COMPREPLY=($(compgen -d -- "$cur")); return ;;
    list) words='runs models chips clusters metrics conventions kinds params units sources recipes' ;;
    explain) words=$(_trainbudget_ids metrics) ;;
    show) words="run model chip cluster $(_trainbudget_ids runs) $(_trainbudget_ids models) $(_trainbudget_ids chips)" ;;
    *) words='list show explain check cite fit validate import help --preset --model --chip --chips --cluster --precision --basis --plan --mfu --set --rent --seq-len --get --require --level --samples --seed --no-uncertainty --mfu-convention --peak --json --jsonl --csv --tsv --output --quiet --verbose --color --over-builtin --preset-dir -h --help --version' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _trainbudget trainbudget
