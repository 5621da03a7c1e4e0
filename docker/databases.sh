# shellcheck shell=bash
# Databases of this clone: a mark (PostgreSQL's comment on the database) tells a finished one from a
# half-created one, and for which state of the code it was made. Source lib.sh first.

sql() { "${IN_ODOO[@]}" psql -qAtX -v ON_ERROR_STOP=1 -d "${2:-postgres}" -c "$1"; }

db_exists() { [ "$(sql "SELECT 1 FROM pg_database WHERE datname = '$1'")" = 1 ]; }

db_mark() { sql "COMMENT ON DATABASE \"$1\" IS '$2'"; }

# While a database is made or changed, a file says so: whatever ends the script, the next one knows.
db_begin() { # db_begin NAME create|update
    echo "$2" >"$STATE/unfinished-$1"
}

db_finish() { # db_finish NAME MARK: only after everything
    db_mark "$1" "$2"
    rm -f "$STATE/unfinished-$1"
}

db_unfinished() { # what was being done with the database, if that has not ended well
    cat "$STATE/unfinished-$1" 2>/dev/null || true
}

db_marked() { sql "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '$1'"; }

db_drop() {
    if db_exists "$1"; then "${ODOO[@]}" db drop "$1" >>"$STATE/log-drop.txt" 2>&1; fi
}

db_copy() {
    "${ODOO[@]}" db duplicate "$1" "$2" >"$STATE/log-copy.txt" 2>&1 ||
        die "The database $1 could not be copied to $2; the end of $STATE/log-copy.txt says:" \
            "$(tail -n 5 "$STATE/log-copy.txt")" "Is a server or a shell still connected to $1?"
}

# Copies that an interrupted run left behind; their names hold the number of its process.
drop_stale_copies() {
    local name
    for name in $(sql "SELECT datname FROM pg_database WHERE datname ~ '^((test|bench)_[0-9]+(-gw[0-9]+)?|clone_[0-9]+_[0-9a-f]{8})$'"); do
        [[ $name =~ _([0-9]+) ]]
        if [ ! -e "/proc/${BASH_REMATCH[1]}" ]; then db_drop "$name"; fi
    done
}

check_db_name() {
    [[ $1 =~ ^[A-Za-z0-9][A-Za-z0-9_.-]*$ ]] || die "'$1' is no good name for a database." "Use letters, digits and _"
}

odoo_version() {
    if [ -z "${ODOO_DIR:-}" ]; then
        cat "$DOWNLOADS/odoo-19/.ready"
    else
        echo "$ODOO_HOME"
        git -c safe.directory='*' -C "$ODOO_HOME" rev-parse HEAD 2>/dev/null || stat -c %Y "$ODOO_HOME/odoo/release.py"
    fi
}

present_addons() { # the add-ons that are there, one per line
    local addon
    for addon in "${ADDONS[@]}"; do
        if [ -f "$SRC/$addon/__manifest__.py" ]; then echo "$addon"; fi
    done
}

addons_list() { present_addons | paste -sd, -; }

# Other modules that the add-ons depend on.
dependencies() {
    /usr/bin/python3 - "$SRC" "${ADDONS[@]}" <<'PYTHON' | paste -sd, -
import ast, pathlib, sys

root, *addons = sys.argv[1:]
found = {"base"}
for addon in addons:
    manifest = pathlib.Path(root, addon, "__manifest__.py")
    if manifest.is_file():
        found.update(ast.literal_eval(manifest.read_text(encoding="utf-8")).get("depends", []))
print("\n".join(sorted(found.difference(addons))))
PYTHON
}

# What a database depends on: Odoo and the add-ons; their tests aside.
code_hash() {
    {
        odoo_version
        cd "$SRC" || return
        present_addons | while read -r addon; do
            find "$addon" -type f -not -path '*/tests/*' -not -name '*.rst' -not -name '*.pot' -print0
        done | LC_ALL=C sort -z | xargs -0r sha256sum
    } | sha256sum | cut -c1-16
}

base_hash() { { odoo_version && dependencies; } | sha256sum | cut -c1-16; }

# Odoo goes on after some errors in data files; they count all the same.
check_log() { # check_log LOGNAME
    local log=$STATE/log-$1.txt
    if grep -E '^[0-9-]+ [0-9:,]+ [0-9]+ (ERROR|CRITICAL) ' "$log" >&2; then return 1; fi
    if grep -E -A 60 'demo data failed to install' "$log" | sed 's/^/    | /' >&2; then return 1; fi
    grep -E '^[0-9-]+ [0-9:,]+ [0-9]+ WARNING .*revisit' "$log" >&2 || true
}

odoo_install() { # odoo_install LOGNAME TEXT DATABASE ARGUMENTS...
    local log=$1 text=$2 name=$3
    shift 3
    HINT=("Odoo could not install or update the add-ons in the database $name."
        "Mend the add-on and call this again.")
    step "$log" "$text" "${ODOO[@]}" server -d "$name" --stop-after-init --no-http "$@"
    check_log "$log" || die "Odoo logged the errors above for the database $name." "${HINT[1]}"
}

TEMPLATE=revisit_template
TEMPLATE_BASE=revisit_template_base

# The template without demo data: what the add-ons depend on (rarely redone), then the add-ons.
ensure_template() { lock "clones/$KEY/template" make_template; }

make_template() {
    local base code
    base=$(base_hash)
    code=$base-$(code_hash)
    if [ "$(db_marked $TEMPLATE)" = "$code" ]; then return 0; fi
    db_drop $TEMPLATE
    if [ "$(db_marked $TEMPLATE_BASE)" != "$base" ]; then
        db_drop $TEMPLATE_BASE
        odoo_install base "Installing $(dependencies | tr ',' ' ') (once, about 2 minutes)" $TEMPLATE_BASE -i "$(dependencies)"
        db_mark $TEMPLATE_BASE "$base"
    fi
    db_copy $TEMPLATE_BASE $TEMPLATE
    if [ -n "$(addons_list)" ]; then
        odoo_install template "Installing $(addons_list | tr ',' ' ') in the template database" $TEMPLATE -i "$(addons_list)"
    fi
    # a tour does not wait then until its own server has compiled all scripts and styles
    # shellcheck disable=SC2016  # expanded by the inner shell, as a step reads no input
    step assets "Compiling scripts and styles" \
        bash -c 'script=$1; shift; exec "$@" <"$script"' _ "$SRC/docker/assets.py" \
        "${ODOO[@]}" shell -d $TEMPLATE --no-http --log-level=warn
    db_mark $TEMPLATE "$code"
}

free_port() { # free_port FIRST: the first free TCP port from there on
    /usr/bin/python3 - "$1" <<'PYTHON'
import socket, sys

for port in range(int(sys.argv[1]), 65536):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            continue
    print(port)
    break
PYTHON
}

# Links in e-mails and on portal pages, and the styles of PDF files, name the address that is served. An
# address that somebody has set, other than this machine's own, stays.
set_address() { # set_address DATABASE ADDRESS
    sql "INSERT INTO ir_config_parameter AS known (key, value, create_uid, write_uid, create_date, write_date)
         SELECT key, value, 1, 1, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
           FROM (VALUES ('web.base.url', '$2'), ('web.base.url.freeze', 'True'), ('report.url', '$2')) AS wanted (key, value)
          WHERE NOT EXISTS (SELECT 1 FROM ir_config_parameter WHERE key = 'web.base.url'
                               AND value !~ '^https?://(localhost|127\.0\.0\.1)(:|/|$)')
             ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value
          WHERE known.key = 'web.base.url.freeze' OR known.value ~ '^https?://(localhost|127\.0\.0\.1)(:|/|$)'" "$1"
}
