# shellcheck shell=bash
# Of rman-agent, which reads it for its action config: sets up RMAN and the database for backups to the mount. It uses what rman-agent has
# read from the configuration.

# RMAN keeps these in the control file: what somebody runs by hand follows them as well.
configuration_script() {
  local policy=none
  [[ $(own hasdataguard) == false ]] || policy='applied on all standby'
  if [[ $registercatalog == true ]]; then
    printf 'connect catalog %s;\n' "$(setting rman catalog)"
    printf 'register database;\n'
  fi
  printf 'configure retention policy to recovery window of %s days;\n' "$recoverywindow"
  printf 'configure backup optimization on;\n'
  printf 'configure default device type to disk;\n'
  printf 'configure device type disk parallelism %s backup type to backupset;\n' "$parallel"
  printf "configure channel device type disk format '%s/%%d_%%U';\n" "$area"
  printf 'configure controlfile autobackup on;\n'
  printf "configure controlfile autobackup format for device type disk to '%s/%%F';\n" "$area"
  printf "configure snapshot controlfile name to '%s/snapcf_%s.f';\n" "$area" "$database"
  printf 'configure archivelog deletion policy to %s;\n' "$policy"
  printf 'show all;\nexit\n'
}

change() { # one statement, by a session that may change the database
  printf '%s\n' "$1;"
  [[ ${HOLDFAST_DRY_RUN:-false} == true ]] && return
  local answer
  answer=$(printf 'set feedback off\nwhenever sqlerror exit failure\n%s;\nexit\n' "$1" |
    timeout 120 "$(setting rman sqlplus)" -S -L "/@$alias" as sysdba) || fail 1 02005 "refused: $1: $answer"
}

# A second destination on the mount brings every archived log there as it is written; one that somebody else uses is left alone.
set_archive_destination() {
  local number now
  number=$(own archivedest)
  [[ -n $number ]] || return 0
  now=$(sql "select destination from v\$archive_dest where dest_id = $number") || fail 1 02001 "$now"
  now="${now#"${now%%[![:space:]]*}"}" now="${now%"${now##*[![:space:]]}"}"
  [[ $now != "$area/archive" ]] || return 0
  [[ -z $now ]] || fail 1 02006 "archive destination $number is in use: $now; name a free one in archivedest"
  [[ ${HOLDFAST_DRY_RUN:-false} == true ]] || mkdir -p "$area/archive"
  change "alter system set log_archive_dest_$number='LOCATION=$area/archive VALID_FOR=(ONLINE_LOGFILE,PRIMARY_ROLE)' scope=both sid='*'"
}

# Without it every incremental reads all of every datafile. The Enterprise Edition alone has it.
track_changes() {
  local status banner file
  status=$(sql 'select status from v$block_change_tracking') || fail 1 02001 "$status"
  [[ $status != *ENABLED* ]] || return 0
  banner=$(sql 'select banner from v$version') || fail 1 02001 "$banner"
  if [[ $banner != *Enterprise* ]]; then
    printf 'block change tracking is left alone: this is no Enterprise Edition\n'
    return
  fi
  file=$(own bctfile)
  [[ -n $file || -n $(sql "select value from v\$parameter where name = 'db_create_file_dest'" | tr -d '[:space:]') ]] ||
    fail 1 02007 'block change tracking needs a place for its file: set bctfile, or db_create_file_dest in the database'
  change "alter database enable block change tracking${file:+ using file '$file'}"
}

configure() {
  set_archive_destination
  track_changes
  configuration_script
  [[ ${HOLDFAST_DRY_RUN:-false} != true ]] || return 0
  mkdir -p "$area"
  script=$(mktemp)
  trap 'rm -f "$script"' EXIT
  if [[ $registercatalog == true ]]; then
    # No pipe to head: it leaves before all is written, and pipefail takes that for a failure.
    all=$(configuration_script)
    head -n 2 <<<"$all" >"$script"
    printf 'exit\n' >>"$script"
    registered=$("$(setting rman executable)" target "/@$alias" cmdfile "$script" 2>&1) ||
      [[ $registered == *RMAN-20002* ]] || fail 1 03001 "the database is not registered in the catalog: $registered"
  fi
  configuration_script | grep -v '^register' >"$script"
  status=0
  "$(setting rman executable)" target "/@$alias" cmdfile "$script" || status=$?
  ((status == 0)) || fail 1 03001 "RMAN ended with $status"
}
