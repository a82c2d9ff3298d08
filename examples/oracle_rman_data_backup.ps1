<#
.SYNOPSIS
Backs an Oracle database on Windows up to a mount of a Holdfast store, and has the store take a snapshot of it.

.DESCRIPTION
The same calls in the same order as oracle_rman_data_backup.sh; the first step that fails is the last:
  1. asks the store whether the mount can take a backup
  2. tells it that a backup starts
  3. runs RMAN, which writes to the folder where the mount is mounted on this host
  4. sends it RMAN's log, from which it learns which files belong to which database
  5. tells it that the backup is complete: the store takes the snapshot and uploads it
Standard output is the name of the snapshot and nothing else; everything else goes to standard error.
Works with Windows PowerShell 5.1 and PowerShell 7. The database needs ARCHIVELOG mode and CONFIGURE CONTROLFILE
AUTOBACKUP ON.

Environment: RMAN (rman.exe), RMAN_TARGET (/ or /@alias of a wallet), LOCAL_MOUNT (where the mount is mounted on this
host: Z:\ or \\store\share; must be set), CHANNELS (2), KEEP_LOG_DAYS, LOCK_DIR, STORE_ANSWER_SECONDS (600).

Exit codes: 0 snapshot taken, 2 wrong arguments or settings, 3 the mount has too many snapshots waiting for upload,
            4 a call to the store failed, 5 RMAN failed, 6 another run on this host uses the mount

.PARAMETER LogDir
Folder for RMAN's log, rman_full_backup_<date>_<time>.log.
.PARAMETER Store
Address of the store, with :port if it is not 9090; an IPv6 address in brackets.
.PARAMETER Mount
Name of the backup mount on the store.
.PARAMETER Level
Incremental backup sets of this level (0 or 1) instead of image copies; remove old ones by RMAN's own means.
.PARAMETER Tag
RMAN's tag of the backup.
.PARAMETER RmanScript
RMAN commands of your own instead; they have to write to the mount.
.PARAMETER Timeout
Seconds after which RMAN is ended.
.PARAMETER KeepLogs
Afterwards keep so many of the newest logs in LogDir; none of the last 24 hours goes.
.PARAMETER DryRun
Print what would be done; nothing is called and RMAN is not run.

.EXAMPLE
.\oracle_rman_data_backup.ps1 D:\rman-logs 192.0.2.1 testmount
#>
param(
  [Parameter(Mandatory = $true, Position = 0)] [string] $LogDir,
  [Parameter(Mandatory = $true, Position = 1)] [string] $Store,
  [Parameter(Mandatory = $true, Position = 2)] [string] $Mount,
  [string] $Level = '',
  [string] $Tag = '',
  [string] $RmanScript = '',
  [int] $Timeout = 0,
  [int] $KeepLogs = 0,
  [switch] $DryRun
)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

function Stop-Backup([int] $ExitCode, [string[]] $Lines) {
  foreach ($line in $Lines) {
    if ($line) { [Console]::Error.WriteLine("oracle_rman_data_backup: $line") }
  }
  exit $ExitCode
}

function Write-Step([string] $Text) {
  [Console]::Error.WriteLine("$(Get-Date -Format 'HH:mm:ss') $Text")
}

function Get-Setting([string] $Name, [string] $Default) {
  $value = [Environment]::GetEnvironmentVariable($Name)
  if ($value) { return $value }
  return $Default
}

# ---------------------------------------------------------------- arguments and settings

$rman = Get-Setting 'RMAN' 'rman.exe'
$rmanTarget = Get-Setting 'RMAN_TARGET' '/'
$localMount = Get-Setting 'LOCAL_MOUNT' ''
$channels = Get-Setting 'CHANNELS' '2'
$keepLogDays = Get-Setting 'KEEP_LOG_DAYS' ''
$lockDir = Get-Setting 'LOCK_DIR' $LogDir
$answerSeconds = Get-Setting 'STORE_ANSWER_SECONDS' '600'

if ($Store -notmatch '^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:([0-9]{1,5}))?$') {
  Stop-Backup 2 "'$Store' is not the address of a store: give 192.0.2.1, 192.0.2.1:9090 or [2001:db8::1]:9090"
}
$storeHost = $Matches[1]
$storePort = '9090'
if ($Matches.ContainsKey(3)) { $storePort = $Matches[3] }
if ($Mount -notmatch '^[A-Za-z0-9_][A-Za-z0-9._-]*$') {
  Stop-Backup 2 "'$Mount' is not the name of a mount: letters, digits, '.', '_' and '-' may stand in it"
}
foreach ($setting in @(@('CHANNELS', $channels), @('KEEP_LOG_DAYS', $keepLogDays), @('STORE_ANSWER_SECONDS', $answerSeconds))) {
  if ($setting[1] -and $setting[1] -notmatch '^[1-9][0-9]{0,6}$') {
    Stop-Backup 2 "$($setting[0]) is '$($setting[1])': give a whole number from 1"
  }
}
if ($Timeout -lt 0 -or $KeepLogs -lt 0) { Stop-Backup 2 '-Timeout and -KeepLogs are whole numbers from 1' }
if ($Level -and $Level -notmatch '^[01]$') { Stop-Backup 2 "-Level is '$Level': give 0 or 1" }
if ($Tag -and $Tag -notmatch '^[A-Za-z][A-Za-z0-9_]{0,29}$') {
  Stop-Backup 2 "-Tag is '$Tag': give a letter and up to 29 letters, digits and '_'"
}
if ($RmanScript) {
  if ($Level -or $Tag) { Stop-Backup 2 '-RmanScript brings its own level and tag: leave -Level and -Tag out' }
  if (-not (Test-Path -LiteralPath $RmanScript -PathType Leaf)) { Stop-Backup 2 "-RmanScript $RmanScript is not a file" }
}
# Arguments of a process are visible to others, so what may hold a password is not accepted.
if ($rmanTarget -notmatch '^/(@[^"'' ]+)?$') {
  Stop-Backup 2 'RMAN_TARGET must be / or /@alias: keep user and password in an Oracle wallet, not in a command line'
}
# RMAN reads % in a file name as a variable, and a quote as the end of the name.
if ($localMount -notmatch '^([A-Za-z]:\\|\\\\)' -or $localMount -match '["''%]') {
  Stop-Backup 2 "LOCAL_MOUNT is '$localMount': give a drive (Z:\) or a share (\\store\share) without quotes and percent signs"
}
$localMount = $localMount.TrimEnd('\')
if (-not (Get-Command $rman -ErrorAction SilentlyContinue)) { Stop-Backup 2 "$rman is not there: correct PATH or RMAN" }
foreach ($folder in @($LogDir, $lockDir, "$localMount\")) {
  if (-not (Test-Path -LiteralPath $folder -PathType Container)) { Stop-Backup 2 "$folder is not a folder" }
}
# When the mount is missing, a folder of this host would take the backup, and the store a snapshot without it.
if ($localMount -notmatch '^\\\\' -and $storeHost -notmatch '^(127\..*|localhost|\[::1\])$') {
  $kind = (New-Object System.IO.DriveInfo $localMount.Substring(0, 1)).DriveType
  if ($kind -ne 'Network') { Stop-Backup 2 "$localMount is on a drive of kind $kind, not Network: mount $Mount there" }
}
$baseUrl = "http://${storeHost}:$storePort/druva-phoenix/v1/mounts/$Mount"

# ---------------------------------------------------------------- calls to the store

Add-Type -AssemblyName System.Net.Http
$handler = New-Object System.Net.Http.HttpClientHandler
# The store is on the site: a proxy must not come in between.
$handler.UseProxy = $false
$client = New-Object System.Net.Http.HttpClient $handler
$client.Timeout = [TimeSpan]::FromSeconds([int] $answerSeconds)

# What a failure means for the backup: when the store refuses a call, and when its answer is not known.
$script:ifRefused = ''
$script:ifUnanswered = ''

# Answers the result of a call, or ends the script. The codes are larger than 32 bits.
function Invoke-Store([string] $Purpose, [string] $Method, [string] $Path, $Content) {
  $request = New-Object System.Net.Http.HttpRequestMessage (New-Object System.Net.Http.HttpMethod $Method), "$baseUrl$Path"
  if ($null -ne $Content) { $request.Content = $Content }
  $text = ''
  try {
    $response = $client.SendAsync($request).GetAwaiter().GetResult()
    $text = $response.Content.ReadAsStringAsync().GetAwaiter().GetResult()
  } catch {
    Stop-Backup 4 "$Purpose ($Method $Path) got no answer from ${baseUrl}: $($_.Exception.GetBaseException().Message)", $script:ifUnanswered
  }
  $answer = $null
  try { $answer = ConvertFrom-Json $text } catch { $answer = $null }
  $isAnswer = $null -ne $answer -and $answer.PSObject.Properties['error_code'] -and
    $answer.PSObject.Properties['error_msg'] -and $answer.PSObject.Properties['result'] -and
    "$($answer.error_code)" -match '^[0-9]+$'
  if (-not $isAnswer) {
    Stop-Backup 4 "$Purpose ($Method $Path) got an answer that is not a store's: $text", $script:ifUnanswered
  }
  if ("$($answer.error_code)" -ne '0') {
    Stop-Backup 4 "$Purpose ($Method $Path) failed: $($answer.error_msg) (error code $($answer.error_code))", $script:ifRefused
  }
  return $answer.result
}

# ---------------------------------------------------------------- the backup

# What oracle_rman_data_backup.sh says of its commands holds for these.
function Get-RmanCommands {
  if ($RmanScript) { return Get-Content -LiteralPath $RmanScript }
  'run {'
  "  set controlfile autobackup format for device type disk to '$localMount\%F';"
  for ($channel = 1; $channel -le [int] $channels; $channel++) { "  allocate channel c$channel device type disk;" }
  if ($Level) {
    $levelTag = $Tag
    if (-not $Tag) { $levelTag = "HOLDFAST_LEVEL_$Level" }
    "  backup as backupset incremental level $Level tag '$levelTag'"
    "    format '$localMount\level${Level}_D-%d_%U' database;"
  } else {
    $copyTag = $Tag
    if (-not $Tag) { $copyTag = 'HOLDFAST_COPY' }
    "  backup as copy reuse tag '$copyTag'"
    "    format '$localMount\data_D-%d_I-%I_TS-%N_FNO-%f_holdfast' database;"
  }
  "  backup as backupset tag 'HOLDFAST_LOGS'"
  "    format '$localMount\arch_D-%d_%U' archivelog all not backed up 1 times;"
  if ($keepLogDays) { "  delete noprompt backup tag 'HOLDFAST_LOGS' completed before 'sysdate-$keepLogDays';" }
  for ($channel = 1; $channel -le [int] $channels; $channel++) { "  release channel c$channel;" }
  '}'
  'report schema;'
  'exit;'
}

# Windows closes the file with its process, so a crash leaves no lock behind. It lies outside the mount: a lock in there
# would be in every snapshot.
function Get-Lock {
  $file = Join-Path $lockDir (".holdfast-$storeHost-$storePort-$Mount.lock" -replace '[\[\]:]', '_')
  try {
    return [System.IO.File]::Open($file, 'OpenOrCreate', 'ReadWrite', 'None')
  } catch [System.IO.IOException] {
    Stop-Backup 6 "another run uses $Mount ($file is open)", 'Wait for its end.'
  }
}

function New-LogFile {
  foreach ($attempt in 1..3) {
    $file = Join-Path $LogDir "rman_full_backup_$(Get-Date -Format 'yyyyMMdd_HHmmss').log"
    if (-not (Test-Path -LiteralPath $file)) {
      New-Item -ItemType File -Path $file | Out-Null
      return $file
    }
    Start-Sleep -Seconds 1
  }
  Stop-Backup 5 "$file exists already: RMAN was not run", $script:ifRefused
}

# Answers RMAN's exit code, or ends it after the timeout. The log is read by a program too: full times, and English.
function Invoke-Rman([string] $LogFile) {
  $env:NLS_DATE_FORMAT = 'YYYY-MM-DD HH24:MI:SS'
  $env:NLS_LANG = 'AMERICAN_AMERICA.AL32UTF8'
  $commandFile = "$LogFile.commands"
  $errorFile = "$LogFile.errors"
  try {
    Get-RmanCommands | Set-Content -LiteralPath $commandFile -Encoding Ascii
    $process = Start-Process -FilePath $rman -ArgumentList 'target', $rmanTarget -NoNewWindow -PassThru `
      -RedirectStandardInput $commandFile -RedirectStandardOutput $LogFile -RedirectStandardError $errorFile
    # Without it Windows PowerShell does not keep the exit code.
    $null = $process.Handle
    $milliseconds = -1
    if ($Timeout -gt 0) { $milliseconds = $Timeout * 1000 }
    if (-not $process.WaitForExit($milliseconds)) {
      $process.Kill()
      Stop-Backup 5 "RMAN did not end within $Timeout seconds and was ended: see $LogFile", $script:ifRefused
    }
    return $process.ExitCode
  } finally {
    if (Test-Path -LiteralPath $errorFile) { Get-Content -LiteralPath $errorFile | Add-Content -LiteralPath $LogFile }
    Remove-Item -LiteralPath $commandFile, $errorFile -ErrorAction SilentlyContinue
  }
}

if ($DryRun) {
  "GET $baseUrl/backup", "POST $baseUrl/backup", "$rman target $rmanTarget"
  Get-RmanCommands
  "POST $baseUrl/uploadlog", "PUT $baseUrl/backup"
  exit 0
}

$lock = Get-Lock
try {
  Write-Step "asking ${storeHost}:$storePort for the state of $Mount"
  $state = Invoke-Store 'asking for the state of the mount' 'GET' '/backup'
  if (-not $state.PSObject.Properties['is_reached_max_snapshots']) {
    Stop-Backup 4 "the store does not say whether $Mount can take a backup"
  }
  if ($state.is_reached_max_snapshots) {
    Stop-Backup 3 "$Mount has as many snapshots as it may have, waiting for upload: no backup was started"
  }

  $null = Invoke-Store 'starting the backup' 'POST' '/backup'

  $script:ifRefused = 'No snapshot was taken of this run: the last snapshot before it stays the newest backup.'
  $script:ifUnanswered = $script:ifRefused
  $logFile = New-LogFile
  Write-Step "running RMAN, its log is $logFile"
  $exitCode = Invoke-Rman $logFile
  if ($exitCode -ne 0) { Stop-Backup 5 "RMAN failed with exit code ${exitCode}: see $logFile", $script:ifRefused }
  # RMAN has been seen to report success after the failure of a command.
  if (Select-String -LiteralPath $logFile -Pattern 'RMAN-00569' -SimpleMatch -Quiet) {
    Stop-Backup 5 "RMAN reported success, but errors stand in $logFile", $script:ifRefused
  }

  Write-Step 'sending the log'
  $form = New-Object System.Net.Http.MultipartFormDataContent
  $content = New-Object System.Net.Http.ByteArrayContent -ArgumentList @(, [System.IO.File]::ReadAllBytes($logFile))
  $form.Add($content, '"file"', "`"$(Split-Path -Leaf $logFile)`"")
  # A drive alone is its root: RMAN's log has Z:\piece.
  $form.Add((New-Object System.Net.Http.StringContent "$localMount\"), '"mountpoint"')
  $form.Add((New-Object System.Net.Http.StringContent 'windows'), '"platform"')
  $null = Invoke-Store 'sending the log' 'POST' '/uploadlog' $form

  Write-Step 'asking for the snapshot'
  $script:ifUnanswered = 'Whether the snapshot was taken is not known: look at the store before running the backup again.'
  $snapshot = Invoke-Store 'finishing the backup' 'PUT' '/backup'
  if (-not $snapshot.PSObject.Properties['snap_name'] -or -not $snapshot.snap_name) {
    Stop-Backup 4 'the store does not name the snapshot', $script:ifUnanswered
  }
  if ($KeepLogs -gt 0) {
    # Their names sort by time. Another run may still write to a log of today.
    Get-ChildItem -LiteralPath $LogDir -Filter 'rman_full_backup_*_*.log' |
      Sort-Object -Property Name -Descending | Select-Object -Skip $KeepLogs |
      Where-Object { $_.LastWriteTime -lt (Get-Date).AddDays(-1) } | Remove-Item
  }
  $snapshot.snap_name
} finally {
  $lock.Dispose()
}
