# shellcheck shell=bash disable=SC2034,SC2054
# Shared by the scripts in this folder: where things are, who runs them, how steps report.
set -euo pipefail
umask 022

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
ADDONS=(revisit_management revisit_scoring)
SYSTEM_USER=${REVISIT_USER:-revisit}
SYSTEM=$(. /etc/os-release && echo "$ID${VERSION_ID:-}")
KEY=$(basename "$ROOT" | tr -cd 'A-Za-z0-9' | cut -c1-12)-$(printf %s "$ROOT" | sha256sum | cut -c1-8)
# CLOCK='2028-02-29 23:50' runs Odoo and PostgreSQL as if it were that moment (UTC), in a cluster of its own.
if [ -n "${CLOCK:-}" ]; then KEY=$KEY-at-$(tr -cd 0-9 <<<"$CLOCK"); fi

say() { printf '%s\n' "==> $*" >&2; }
note() { printf '%s\n' "    $*" >&2; }
die() {
    printf '\nERROR: %s\n' "$1" >&2
    shift
    printf '  %s\n' "$@" >&2
    exit 1
}

is_root() { [ "$(id -u)" = 0 ]; }

# Neither Odoo nor PostgreSQL runs as root: what root calls runs as an ordinary system user.
AS_USER=()
if is_root; then AS_USER=(setpriv --reuid "$SYSTEM_USER" --regid "$SYSTEM_USER" --init-groups); fi
as_user() { ${AS_USER[@]+"${AS_USER[@]}"} "$@"; }

ensure_user() {
    is_root || return 0
    getent passwd "$SYSTEM_USER" >/dev/null && return 0
    say "Creating the system user $SYSTEM_USER, who runs Odoo and PostgreSQL"
    useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$SYSTEM_USER" ||
        die "The system user $SYSTEM_USER could not be created." \
            "Create it (useradd --system --user-group $SYSTEM_USER) or call this as an ordinary user."
}

# Root may keep the cache in a folder that the system user cannot enter (below /root, say).
# Then the cache lives in /var/cache and a link stands in its place.
resolve_cache() {
    local wanted=$1 away
    if ! is_root; then
        mkdir -p "$wanted" || die "The cache folder $wanted cannot be made." "Name another one: REVISIT_CACHE=/some/folder"
    elif [ ! -L "$wanted" ]; then
        mkdir -p "$wanted"
        if ! as_user test -x "$wanted"; then
            away=/var/cache/revisit-$KEY
            rmdir "$wanted" 2>/dev/null || die "$wanted lies where the user $SYSTEM_USER cannot go, and is not empty." \
                "Name another cache: REVISIT_CACHE=/some/folder"
            say "$wanted lies where the user $SYSTEM_USER cannot go: it becomes a link to $away"
            stop_clusters_below "$away"
            rm -rf "$away"
            mkdir -p "$away"
            ln -s "$away" "$wanted"
        fi
    fi
    [ -d "$wanted/" ] || mkdir -p "$(readlink -m "$wanted")"
    readlink -f "$wanted"
}

stop_clusters_below() {
    local pid_file pid
    for pid_file in "$1"/clones/*/pg/postmaster.pid; do
        [ -f "$pid_file" ] || continue
        pid=$(head -n 1 "$pid_file")
        kill -QUIT "$pid" 2>/dev/null || true
    done
}

default_cache() {
    if is_root; then echo /var/cache/revisit; else echo "${XDG_CACHE_HOME:-$HOME/.cache}/revisit"; fi
}

ensure_user
CACHE=$(resolve_cache "$(readlink -ms "${REVISIT_CACHE:-$(default_cache)}")")
DOWNLOADS=$CACHE/downloads       # shared by all clones
TOOLS=/usr/local/bin:/usr/bin:/bin:$DOWNLOADS/bin
export npm_config_cache=$DOWNLOADS/npm npm_config_update_notifier=false
STATE=$CACHE/clones/$KEY         # this clone's cluster, files and logs
LOGS=$STATE/log
PGDATA_DIR=$STATE/pg
FILES=$STATE/data                # Odoo's data_dir: filestore and sessions
ODOO_CONF=$STATE/odoo.conf
DB_USER=odoo
mkdir -p "$DOWNLOADS" "$STATE"

# Root serves a copy of the code, because the system user may not be able to read the clone.
SRC=$ROOT
if is_root; then SRC=$STATE/src; fi

# Socket paths have at most 107 bytes; browsers, too, keep sockets among their temporary files.
SHORT=$STATE
if [ ${#STATE} -gt 50 ]; then SHORT=/tmp/revisit-$(id -u)-$KEY; fi
if [ -e "$SHORT" ] && [ ! -O "$SHORT" ]; then die "$SHORT belongs to somebody else." "Remove it, or name a cache with a shorter path."; fi
SOCKETS=$SHORT/sock
SCRATCH=$SHORT/tmp

as_user_folder() { # as_user_folder PATH...: makes folders that the ordinary user may write
    local folder
    for folder in "$@"; do
        [ -d "$folder" ] && continue
        mkdir -p "$folder"
        if is_root; then chown "$SYSTEM_USER:" "$folder"; fi
    done
}
as_user_folder "$LOGS" "$FILES" "$STATE/home" "$STATE/pycache" "$STATE/screenshots" "$SOCKETS" "$SCRATCH"
chmod 0700 "$SOCKETS" "$FILES"

# With CLOCK, programs are started with libfaketime. The moment is that of the first call; from then on the
# clock of this cluster goes as fast as any other, over later calls, too, until 'make clean' with the same CLOCK.
IN_CLOCK=()
PYTHON_CLOCK=
CLOCK_TOOLS=
set_clock() {
    local library wanted name browser
    [ -n "${CLOCK:-}" ] || return 0
    library=$(find /usr/lib /usr/local/lib -name libfaketime.so.1 -print -quit 2>/dev/null)
    [ -n "$library" ] || die "CLOCK needs libfaketime." "Install it: apt-get install libfaketime"
    if [ ! -s "$STATE/clock" ]; then
        wanted=$(date -u -d "$CLOCK" +%s) || die "CLOCK='$CLOCK' is no moment." "Write it as CLOCK='2028-02-29 23:50', in UTC."
        echo $((wanted - $(date +%s))) >"$STATE/clock"
    fi
    # monotonic clocks are left alone: timeouts hang on them
    IN_CLOCK=(LD_PRELOAD="$library" FAKETIME="$(printf '%+d' "$(cat "$STATE/clock")")" FAKETIME_DONT_FAKE_MONOTONIC=1)
    PYTHON_CLOCK=$SRC/docker/clock:
    # the browser keeps the machine's clock: under another one its pages never load
    CLOCK_TOOLS=$STATE/clock-tools:
    mkdir -p "$STATE/clock-tools"
    for name in google-chrome chromium chromium-browser google-chrome-stable; do
        browser=$(PATH=$TOOLS command -v "$name") || continue
        printf '#!/bin/sh\nunset LD_PRELOAD FAKETIME\nexec %s "$@"\n' "$browser" >"$STATE/clock-tools/$name"
        chmod 0755 "$STATE/clock-tools/$name"
    done
}
set_clock

# lock NAME COMMAND...: one at a time; the lock is not inherited by what the command leaves running.
lock() {
    local file=$CACHE/$1.lock
    shift
    (
        if ! flock -n 9; then
            note "waiting for another run that holds $file"
            flock 9
        fi
        "$@"
    ) 9>"$file"
}

# What a killed script has left running would go on writing into the database that the next one makes anew.
end_orphans() {
    local file owner child
    for file in "$STATE"/running-*; do
        [ -f "$file" ] || continue
        read -r owner child <"$file" || true
        if [ -e "/proc/${owner:-0}" ]; then continue; fi
        if [ -n "${child:-}" ] && tr '\0' ' ' <"/proc/$child/environ" 2>/dev/null | grep -qF "$STATE"; then
            note "ending what an interrupted run has left behind (process $child)"
            kill -KILL -- "-$child" 2>/dev/null || true
        fi
        rm -f "$file"
    done
}
end_orphans

# step LOGNAME TEXT COMMAND...: runs the command with its output in a log, showing that it moves;
# ends the script where it fails, with what to do then from the array HINT.
# The command has a process group of its own, so that all of it ends when the step is interrupted.
# No step may stand in a condition: bash would go on after errors inside the command.
HINT=("See the output above.")
step() {
    local log=$STATE/log-$1.txt text=$2 start=$SECONDS pid shown=0 status=0
    shift 2
    say "$text"
    set -m
    "$@" >"$log" 2>&1 </dev/null 9>&- &
    pid=$!
    echo "$$ $pid" >"$STATE/running-$BASHPID"
    set +m
    # shellcheck disable=SC2064  # now, not later
    trap "kill -TERM -- -$pid 2>/dev/null; exit 130" INT TERM HUP
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.3
        if [ $((SECONDS - start - shown)) -ge 15 ]; then
            shown=$((SECONDS - start))
            note "$shown s: $(tail -n 1 "$log" | sed -E 's/^[0-9-]+ [0-9:,]+ [0-9]+ [A-Z]+ //' | cut -c1-100)"
        fi
    done
    wait "$pid" || status=$?
    trap - INT TERM HUP
    rm -f "$STATE/running-$BASHPID"
    if [ "$status" != 0 ]; then
        tail -n 25 "$log" | sed 's/^/    | /' >&2
        note "the whole output: $log"
        die "This step failed: $text" "${HINT[@]}"
    fi
    note "done in $((SECONDS - start)) s"
}

# Exported translations belong in the clone.
fetch_translations() {
    is_root || return 0
    rsync -rlt --update --chown="$(stat -c %U:%G "$ROOT")" --owner --group --chmod=D755,F644 \
        --include='/revisit_*/' --include='/*/i18n/***' --exclude='*' "$SRC/" "$ROOT/"
}

hash_of() { cat "$@" | sha256sum | cut -c1-12; }

# The lines of a package list without comments.
list() { sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' "$@"; }

PG_BIN() {
    local bin
    bin=$(find /usr/lib/postgresql/*/bin -name initdb 2>/dev/null | sort -V | tail -n 1)
    [ -n "$bin" ] || die "PostgreSQL's server programs are missing." "Run: make setup"
    dirname "$bin"
}

# Where Odoo is: a checkout that the user names, or the unpacked package.
if [ -n "${ODOO_DIR:-}" ]; then
    ODOO_HOME=$(readlink -f "$ODOO_DIR") || die "ODOO_DIR=$ODOO_DIR does not exist."
    [ -f "$ODOO_HOME/odoo/__main__.py" ] || die "ODOO_DIR=$ODOO_DIR holds no Odoo (odoo/__main__.py is missing)." \
        "Name a git checkout of Odoo's branch 19.0."
else
    ODOO_HOME=$DOWNLOADS/odoo-19/usr/lib/python3/dist-packages
fi

venv_of() { # venv_of NAME REQUIREMENT-FILE...: folder of the virtual environment for these requirements
    local name=$1
    shift
    echo "$DOWNLOADS/venv-$name-$SYSTEM-$(hash_of "$@")"
}
REQUIREMENTS=("$ROOT/docker/requirements.txt" "$ROOT/docker/requirements-odoo.txt" "$ROOT/docker/requirements-test.txt")
VENV=$(venv_of odoo "${REQUIREMENTS[@]}")
COMPANIONS=$DOWNLOADS/companions-$(hash_of "$ROOT/docker/requirements-companions.txt")
LINT_VENV=$(venv_of lint "$ROOT/docker/requirements-lint.txt")
NODE=$DOWNLOADS/node-$(hash_of "$ROOT/package-lock.json")

# What precedes a command to run it in Odoo's environment, as the ordinary user.
# The dead proxy keeps Odoo from calling outside (in-app purchases, update notices).
IN_ODOO=(
    ${AS_USER[@]+"${AS_USER[@]}"} env -C "$STATE" -u PYTHONDONTWRITEBYTECODE -u PGPORT -u PGDATABASE -u PGPASSWORD
    ${IN_CLOCK[@]+"${IN_CLOCK[@]}"} HOME="$STATE/home" PATH="$CLOCK_TOOLS$VENV/bin:$TOOLS" LANG=C.UTF-8 LC_ALL=C.UTF-8
    PYTHONPATH="$PYTHON_CLOCK$ODOO_HOME" PYTHONPYCACHEPREFIX="$STATE/pycache" PYTHONUNBUFFERED=1 TMPDIR="$SCRATCH"
    PGHOST="$SOCKETS" PGUSER="$DB_USER" ODOO_RC="$ODOO_CONF"
    http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9 no_proxy=localhost,127.0.0.1
)
ODOO=("${IN_ODOO[@]}" python -m odoo)
