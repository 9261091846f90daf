#compdef trainbudget
# Completion of trainbudget for zsh, made from its option table.
_trainbudget_ids() { trainbudget list $1 --tsv 2>/dev/null | tail -n +2 | cut -f1 }
_arguments -s \
  '--preset=[run preset to start from; '\''trainbudget list runs'\'']:runs:{compadd -- $(_trainbudget_ids runs)}' \
  '--model=[model preset, or a path to a config.json; '\''-'\'' reads it from stdin]:models:{compadd -- $(_trainbudget_ids models)}' \
  '--chip=[chip preset; brings its usual cluster]:chips:{compadd -- $(_trainbudget_ids chips)}' \
  '--chips=[number of chips (default\: the run'\''s)]:value:' \
  '--cluster=[cluster preset around the chips]:clusters:{compadd -- $(_trainbudget_ids clusters)}' \
  '--precision=[number format of the matrix products\: bf16, fp8 ...]:value:' \
  '--basis=[what the time rests on (default\: predicted, else the next that can be had)]:value:(measured predicted prior)' \
  '--plan=[predict with this parallel plan\: '\''tp=8,pp=16'\''; what it leaves open is filled and printed]:value:' \
  '--mfu=[assume this MFU (causal, matrix peak, steady), a fraction or '\''35 %'\'']:value:' \
  '*--set=[set an input, with its unit; a range is LOW..HIGH (P5, P95)]:params:{compadd -- $(_trainbudget_ids params)}' \
  '--rent=[rent the chips at the price observed for this term]:value:(on-demand reserved spot)' \
  '--seq-len=[tokens in a row at which a model'\''s FLOPs are counted]:value:' \
  '--get=[print only these values, in SI units, on one line]:metrics:{compadd -- $(_trainbudget_ids metrics)}' \
  '*--require=[exit 1 unless it holds\: '\''memory_fits'\'', '\''cost_usd<2e6'\'' (SI units)]:metrics:{compadd -- $(_trainbudget_ids metrics)}' \
  '--level=[probability inside the ranges, 1 to 99.9 (default 90\: P5 to P95)]:value:' \
  '--samples=[points for the uncertainty (default 4096)]:value:' \
  '--seed=[seed of the points, from 1 (default printed in the report)]:value:' \
  '--no-uncertainty[central values only]' \
  '--mfu-convention=[how the printed MFU counts FLOPs (default causal)]:conventions:{compadd -- $(_trainbudget_ids conventions)}' \
  '--peak=[peak that the printed MFU divides by (default matrix)]:value:(matrix headline)' \
  '--json[JSON, version 1 of its schema]' \
  '--jsonl[JSON on one line]' \
  '--csv[comma-separated values, one row a metric]' \
  '--tsv[the same, separated by tabs]' \
  '--output=[write to FILE, whole or not at all]:file:_files' \
  '--quiet[no warnings on stderr]' \
  '--verbose[every input with its range, grade and source]' \
  '--color=[colours in text (default auto; NO_COLOR is heeded)]:value:(auto always never)' \
  '--over-builtin[fit throughput\: keep the built-in constants around those of the table'\''s own chips and software]' \
  '*--preset-dir=[directory of presets that add to or shadow the built-in ones]:folder:_files -/' \
  '-h[help on one screen]' \
  '--help[every option and command]' \
  '--version[version of the program and of its data]' \
  '1:command:(list show explain check cite fit validate import help)' '*:word:'
