#!/usr/bin/env bash
#
# Backs an Oracle database up to a mount of a Holdfast store, and has the store take a snapshot of it.
#
#   oracle_rman_data_backup.sh [options] <log-dir> <store-ip> <mount>
#
#   <log-dir>   folder for RMAN's log, rman_full_backup_<date>_<time>.log
#   <store-ip>  address of the store, with :port if it is not 9090; an IPv6 address in brackets
#   <mount>     name of the backup mount on the store
#
#   --level 0|1         incremental backup sets of this level instead of image copies; remove old ones by RMAN's own means
#   --tag TAG           RMAN's tag of the backup                     (HOLDFAST_COPY, or HOLDFAST_LEVEL_<level>)
#   --rman-script FILE  RMAN commands of your own instead; they have to write to the mount
#   --timeout SECONDS   end RMAN when it runs longer                 (as long as it takes)
#   --keep-logs N       afterwards keep the N newest logs in <log-dir>; none of the last 24 hours goes (keep all)
#   --dry-run           print what would be done; nothing is called and RMAN is not run
#   --help              print this text
#
# Example: oracle_rman_data_backup.sh /home/oracle/rman-logs 192.0.2.1 testmount
#
# What it does, in this order; the first step that fails is the last:
#   1. asks the store whether the mount can take a backup
#   2. tells it that a backup starts
#   3. runs RMAN, which writes to the folder where the mount is mounted on this host
#   4. sends it RMAN's log, from which it learns which files belong to which database
#   5. tells it that the backup is complete: the store takes the snapshot and uploads it
# Standard output is the name of the snapshot and nothing else; everything else goes to standard error.
#
# What the database needs: ARCHIVELOG mode and CONFIGURE CONTROLFILE AUTOBACKUP ON. Without the autobackup RMAN adds
# control file and SPFILE to the image copies, for which their FORMAT has no names, and fails.
#
# Settings, all optional, are environment variables:
#   RMAN                   the rman executable                       (rman)
#   RMAN_TARGET            what to connect to: / or a wallet's alias (/)
#   LOCAL_MOUNT            where the mount is mounted on this host   (/local/<mount>)
#   LOCAL_FILE_SYSTEM      type that folder must have, for `stat`    (nfs; none to check nothing)
#   CHANNELS               RMAN channels that work side by side      (2)
#   LOCK_DIR               where runs on one mount see each other     (<log-dir>)
#   KEEP_LOG_DAYS          remove our own backups of archived logs from the mount after so many days (keep all)
#   STORE_CONNECT_SECONDS  longest wait for a connection             (10)
#   STORE_ANSWER_SECONDS   longest wait for an answer                (600)
#
# Exit codes: 0 snapshot taken, 2 wrong arguments or settings, 3 the mount has too many snapshots waiting for upload,
#             4 a call to the store failed, 5 RMAN failed, 6 another run on this host uses the mount
#
# Needs bash 4, curl, and flock, stat and timeout of Linux.

set -euo pipefail

fail() {
  local exit_code=$1 line
  shift
  for line in "$@"; do
    [[ -z $line ]] || printf 'oracle_rman_data_backup: %s\n' "$line" >&2
  done
  exit "$exit_code"
}

say() {
  printf '%s %s\n' "$(date '+%H:%M:%S')" "$1" >&2
}

# ---------------------------------------------------------------- arguments and settings

usage='usage: oracle_rman_data_backup.sh [options] <log-dir> <store-ip> <mount>'
level='' tag='' rman_script='' timeout='' keep_logs='' dry_run=''
arguments=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --help) sed -n '3,/^$/s/^# \{0,1\}//p' "$0" && exit 0 ;;
    --dry-run) dry_run=yes ;;
    --level | --tag | --rman-script | --timeout | --keep-logs)
      [[ -n ${2:-} ]] || fail 2 "$1 needs a value" "$usage"
      name=${1#--}
      printf -v "${name//-/_}" '%s' "$2"
      shift
      ;;
    --*=*)
      set -- "${1%%=*}" "${1#*=}" "${@:2}"
      continue
      ;;
    --*) fail 2 "there is no option $1; --help shows what there is" "$usage" ;;
    *) arguments+=("$1") ;;
  esac
  shift
done
[[ ${#arguments[@]} -eq 3 ]] || fail 2 "$usage"
log_dir=${arguments[0]}
store=${arguments[1]}
mount=${arguments[2]}

RMAN=${RMAN:-rman}
RMAN_TARGET=${RMAN_TARGET:-/}
LOCAL_MOUNT=${LOCAL_MOUNT:-/local/$mount}
LOCAL_FILE_SYSTEM=${LOCAL_FILE_SYSTEM:-nfs}
CHANNELS=${CHANNELS:-2}
KEEP_LOG_DAYS=${KEEP_LOG_DAYS:-}
LOCK_DIR=${LOCK_DIR:-$log_dir}
STORE_CONNECT_SECONDS=${STORE_CONNECT_SECONDS:-10}
STORE_ANSWER_SECONDS=${STORE_ANSWER_SECONDS:-600}

store_form='^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:([0-9]{1,5}))?$'
[[ $store =~ $store_form ]] ||
  fail 2 "'$store' is not the address of a store: give 192.0.2.1, 192.0.2.1:9090 or [2001:db8::1]:9090"
store_host=${BASH_REMATCH[1]}
store_port=${BASH_REMATCH[3]:-9090}

mount_form='^[A-Za-z0-9_][A-Za-z0-9._-]*$'
[[ $mount =~ $mount_form ]] ||
  fail 2 "'$mount' is not the name of a mount: letters, digits, '.', '_' and '-' may stand in it"

number_form='^[1-9][0-9]{0,6}$'
for setting in CHANNELS KEEP_LOG_DAYS STORE_CONNECT_SECONDS STORE_ANSWER_SECONDS timeout keep_logs; do
  option=$setting
  [[ $setting == [A-Z]* ]] || option=--${setting//_/-}
  [[ -z ${!setting} || ${!setting} =~ $number_form ]] ||
    fail 2 "$option is '${!setting}': give a whole number from 1"
done

[[ $level == @(|0|1) ]] || fail 2 "--level is '$level': give 0 or 1"
tag_form='^[A-Za-z][A-Za-z0-9_]{0,29}$'
[[ -z $tag || $tag =~ $tag_form ]] ||
  fail 2 "--tag is '$tag': give a letter and up to 29 letters, digits and '_'"
if [[ -n $rman_script ]]; then
  [[ -z $level$tag ]] || fail 2 '--rman-script brings its own level and tag: leave --level and --tag out'
  [[ -f $rman_script && -r $rman_script ]] || fail 2 "--rman-script $rman_script is not a file that $(id -un) may read"
fi

# Arguments of a process are visible to every user of the host, so what may hold a password is not accepted.
target_form="^[\"']?/(@[^\"' ]+)?( as sys(backup|dba))?[\"']?\$"
[[ $RMAN_TARGET =~ $target_form ]] ||
  fail 2 'RMAN_TARGET must be / or /@alias: keep user and password in an Oracle wallet, not in a command line'

# RMAN reads % in a file name as a variable, and a quote as the end of the name.
[[ $LOCAL_MOUNT == /* && $LOCAL_MOUNT != *[\'\"%$'\n']* ]] ||
  fail 2 "LOCAL_MOUNT is '$LOCAL_MOUNT': give an absolute path without quotes and percent signs"
LOCAL_MOUNT=${LOCAL_MOUNT%/}

for program in curl flock timeout "$RMAN"; do
  command -v "$program" >/dev/null || fail 2 "$program is not there: install it, or correct PATH or RMAN"
done
[[ -d $log_dir && -w $log_dir ]] || fail 2 "$log_dir is not a folder that $(id -un) may write to: create it"
[[ -d $LOCK_DIR && -w $LOCK_DIR ]] || fail 2 "$LOCK_DIR is not a folder that $(id -un) may write to: set LOCK_DIR"
[[ -d $LOCAL_MOUNT && -w $LOCAL_MOUNT ]] ||
  fail 2 "$LOCAL_MOUNT is not a folder that $(id -un) may write to: mount $mount there, or set LOCAL_MOUNT"

# When the mount is missing, its folder is an ordinary one: RMAN would fill this host's disk and the store would take
# a snapshot without the backup. A store on this very host is different: it shares the folder without NFS.
if [[ $LOCAL_FILE_SYSTEM != none && $store_host != @(127.*|localhost|\[::1\]) ]]; then
  file_system=$(stat --file-system --format=%T -- "$LOCAL_MOUNT")
  [[ $file_system == "$LOCAL_FILE_SYSTEM" ]] || fail 2 \
    "$LOCAL_MOUNT is on $file_system, not $LOCAL_FILE_SYSTEM: mount $mount there" \
    'If that is how it should be, set LOCAL_FILE_SYSTEM to this type, or to none.'
fi

base_url=http://$store_host:$store_port/druva-phoenix/v1/mounts/$mount

# ---------------------------------------------------------------- calls to the store

# Every answer is {"error_code":0,"error_msg":"","result":{…}}, with HTTP status 200 also for errors. The whole answer
# has to have this form: half an answer must not pass for success.
space='[[:space:]]*'
answer_form="^$space\\{$space\"error_code\"$space:$space([0-9]+)$space,$space\"error_msg\"$space:$space"
answer_form+="\"(([^\"\\\\]|\\\\.)*)\"$space(,$space\"result\"$space:$space(\\{([^{}]|\\{[^{}]*\\})*\\})$space)?\\}$space\$"

advice_for() {
  case $1 in
    4295622675 | 4295622676) echo 'Ask the backup administrator which store takes the place of this one.' ;;
    4295622665) echo "Check the name of the mount; the backup administrator creates mounts." ;;
    4295622667) echo 'The mount is being deleted: ask the backup administrator for another one.' ;;
    4295622669 | 4295622670) echo 'Ask the backup administrator to repair the mount on the store.' ;;
    4295622659) echo 'Another backup of this mount ended in between: let one script at a time use a mount.' ;;
    4295622664) echo 'Run the backup again when the store has uploaded its snapshots.' ;;
    *) echo 'Correct what the message says, or give it to the backup administrator, and run the backup again.' ;;
  esac
}

# What a failure means for the backup: when the store refuses a call, and when its answer is not known.
if_refused=
if_unanswered=

# call <what for> <method> <path> [options of curl]: leaves the answer's result in $result, or ends the script.
call() {
  local purpose=$1 method=$2 path=$3 answer status body
  # Bytes, not characters: an answer in a wrong encoding is to be judged, not to break the comparison.
  local LC_ALL=C
  shift 3
  # The store is on the site: a proxy from the environment must not come in between.
  answer=$(curl --silent --show-error --noproxy '*' --globoff --request "$method" \
    --connect-timeout "$STORE_CONNECT_SECONDS" --max-time "$STORE_ANSWER_SECONDS" \
    --write-out '\n%{http_code}' "$@" "$base_url$path") ||
    fail 4 "$purpose ($method $path) got no answer from $base_url" \
      'Check address and port, and that the store runs and can be reached from this host.' "$if_unanswered"
  status=${answer##*$'\n'}
  body=${answer%$'\n'*}
  [[ $body =~ $answer_form ]] ||
    fail 4 "$purpose ($method $path) got an answer that is not a store's (HTTP status $status): ${body:0:200}" \
      "Check that $base_url is the store and nothing else listens there." "$if_unanswered"
  result=${BASH_REMATCH[5]:-}
  # The codes are larger than 32 bits: they stay text.
  [[ ${BASH_REMATCH[1]} == 0 ]] ||
    fail 4 "$purpose ($method $path) failed: ${BASH_REMATCH[2]} (error code ${BASH_REMATCH[1]})" \
      "$(advice_for "${BASH_REMATCH[1]}")" "$if_refused"
}

# ---------------------------------------------------------------- the backup

# The image copies have the same names every day and are written over in place (REUSE): the store then uploads the
# blocks that changed, and the mount needs room for one copy only. Yesterday's copy is in yesterday's snapshot.
# Archived logs go into backup sets, each log once (backups on tape do not count). SPFILE and control file follow as
# autobackup; SET moves it to the mount for this run only and leaves the database's configuration as it is.
# Nothing is deleted but, if KEEP_LOG_DAYS says so, backup sets with our own tag. Backup sets of a level have new names
# each time: they need room on the mount until RMAN deletes them.
# REPORT SCHEMA lists every datafile: without it no log proves that a backup has them all.
rman_commands() {
  local channel
  if [[ -n $rman_script ]]; then
    cat -- "$rman_script"
    return
  fi
  echo 'run {'
  echo "  set controlfile autobackup format for device type disk to '$LOCAL_MOUNT/%F';"
  for ((channel = 1; channel <= CHANNELS; channel++)); do
    echo "  allocate channel c$channel device type disk;"
  done
  if [[ -n $level ]]; then
    echo "  backup as backupset incremental level $level tag '${tag:-HOLDFAST_LEVEL_$level}'"
    echo "    format '$LOCAL_MOUNT/level${level}_D-%d_%U' database;"
  else
    echo "  backup as copy reuse tag '${tag:-HOLDFAST_COPY}'"
    echo "    format '$LOCAL_MOUNT/data_D-%d_I-%I_TS-%N_FNO-%f_holdfast' database;"
  fi
  echo "  backup as backupset tag 'HOLDFAST_LOGS'"
  echo "    format '$LOCAL_MOUNT/arch_D-%d_%U' archivelog all not backed up 1 times;"
  if [[ -n $KEEP_LOG_DAYS ]]; then
    echo "  delete noprompt backup tag 'HOLDFAST_LOGS' completed before 'sysdate-$KEEP_LOG_DAYS';"
  fi
  for ((channel = 1; channel <= CHANNELS; channel++)); do
    echo "  release channel c$channel;"
  done
  echo '}'
  echo 'report schema;'
  echo 'exit;'
}

# Scripts for two mounts may start in the same second; each needs a log of its own.
create_log_file() {
  local file_stamp
  for _ in 1 2 3; do
    file_stamp=$(date '+%Y%m%d_%H%M%S')
    log_file=${log_dir%/}/rman_full_backup_$file_stamp.log
    if (set -o noclobber && : >"$log_file") 2>/dev/null; then return; fi
    sleep 1
  done
  fail 5 "$log_file cannot be created: RMAN was not run" "$if_refused"
}

# The log is read by a program too: full times, and English whatever the terminal speaks.
run_rman() {
  local limit=()
  # In the foreground, so that Ctrl-C ends RMAN too.
  [[ -z $timeout ]] || limit=(timeout --foreground --kill-after=60 "$timeout")
  NLS_DATE_FORMAT='YYYY-MM-DD HH24:MI:SS' NLS_LANG=AMERICAN_AMERICA.AL32UTF8 \
    ${limit[@]+"${limit[@]}"} "$RMAN" target "$RMAN_TARGET" >>"$log_file" 2>&1 <<<"$(rman_commands)"
}

# The kernel ends this lock with its processes, so a crash leaves none behind; RMAN holds it too, for as long as it
# writes. It lies outside the mount: a lock in there would be in every snapshot.
take_lock() {
  local lock_file=$LOCK_DIR/.holdfast-$store_host-$store_port-$mount.lock holder
  exec 9>>"$lock_file" || fail 2 "$lock_file cannot be opened"
  holder=$(<"$lock_file")
  flock --nonblock 9 || fail 6 "another run uses $mount: ${holder:-RMAN of a run that was broken off is still at work}" 'Wait for its end.'
  [[ -z $holder ]] || say "a run before this one was broken off ($holder): its lock does not hold any more"
  printf 'process %s since %s\n' "$$" "$(date '+%Y-%m-%d %H:%M:%S')" >"$lock_file"
  trap ': >"$LOCK_DIR/.holdfast-$store_host-$store_port-$mount.lock"' EXIT
}

# Their names sort by time. Another run may still write to a log of today.
remove_old_logs() {
  local logs old
  logs=("${log_dir%/}"/rman_full_backup_[0-9]*_[0-9]*.log)
  for ((old = 0; old < ${#logs[@]} - keep_logs; old++)); do
    find "${logs[old]}" -maxdepth 0 -type f -mmin +1440 -delete || say "${logs[old]} cannot be removed"
  done
}

if [[ -n $dry_run ]]; then
  printf '%s\n' "GET $base_url/backup" "POST $base_url/backup" "$RMAN target $RMAN_TARGET <<END"
  rman_commands
  printf '%s\n' END "POST $base_url/uploadlog" "PUT $base_url/backup"
  exit 0
fi

take_lock

say "asking $store_host:$store_port for the state of $mount"
call 'asking for the state of the mount' GET /backup
state_form="\"is_reached_max_snapshots\"$space:$space(true|false)"
[[ $result =~ $state_form ]] ||
  fail 4 "the store does not say whether $mount can take a backup: $result" 'Ask the backup administrator.'
[[ ${BASH_REMATCH[1]} == false ]] ||
  fail 3 "$mount has as many snapshots as it may have, waiting for upload: no backup was started" \
    'Run the backup again when the store has uploaded them; if they do not become fewer, tell the backup administrator.'

call 'starting the backup' POST /backup

if_refused='No snapshot was taken of this run: the last snapshot before it stays the newest backup.'
if_unanswered=$if_refused
create_log_file
say "running RMAN, its log is $log_file"
rman_exit=0
run_rman || rman_exit=$?
[[ $rman_exit != @(124|137) || -z $timeout ]] ||
  fail 5 "RMAN did not end within $timeout seconds and was ended: see $log_file" "$if_refused"
[[ $rman_exit == 0 ]] || fail 5 "RMAN failed with exit code $rman_exit: see $log_file" "$if_refused" \
  'Remove the cause and run the backup again.'
# RMAN has been seen to report success after the failure of a command.
[[ $(<"$log_file") != *RMAN-00569* ]] ||
  fail 5 "RMAN reported success, but errors stand in $log_file" "$if_refused"

say 'sending the log'
# curl ends a plain file name at a comma or semicolon, so it gets a quoted one.
quoted_log_file=${log_file//\\/\\\\}
quoted_log_file=${quoted_log_file//\"/\\\"}
call 'sending the log' POST /uploadlog --form "file=@\"$quoted_log_file\"" \
  --form-string "mountpoint=$LOCAL_MOUNT" --form-string 'platform=linux'

say 'asking for the snapshot'
if_unanswered='Whether the snapshot was taken is not known: look at the store before running the backup again.'
call 'finishing the backup' PUT /backup
name_form="\"snap_name\"$space:$space\"([^\"]+)\""
[[ $result =~ $name_form ]] || fail 4 "the store does not name the snapshot: $result" "$if_unanswered"
snapshot=${BASH_REMATCH[1]}
[[ -z $keep_logs ]] || remove_old_logs
printf '%s\n' "$snapshot"
