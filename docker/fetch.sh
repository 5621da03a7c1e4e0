# shellcheck shell=bash
# Programs that the system does not package, unpacked below the downloads. Sourced by docker/setup.

# The address of the machine's own package archive.
archive() {
    local codename
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
    # shellcheck disable=SC2016  # apt fills these in
    apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        awk -v suites="^($codename|stable|oldstable|testing|unstable|sid)$" '$2 ~ suites && $3 == "main" && !n++ { print $1 }'
}

write_suite() { # write_suite FOLDER SUITE COMPONENTS KEYRING
    local folder=$1 site
    site=${APT_SITE:-$(archive)}
    if [ -z "$site" ]; then
        echo "apt knows no package archive of this system; name one: APT_SITE=<address of a mirror>"
        return 1
    fi
    mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
    printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: %s\nSigned-By: %s\n' "$site" "$2" "$3" "$4" >"$folder/suite.sources"
}

# A throw-away apt configuration finds packages of one suite without touching the machine's own.
# The mirror may be an old snapshot, whose lists are past their date; their signature still counts.
apt_private() { # apt_private FOLDER ARGUMENTS...
    local folder=$1
    shift
    apt-get -o Dir::Etc::SourceList="$folder/suite.sources" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$folder/lists" -o Dir::Cache="$folder/cache" -o Dir::State::status=/dev/null \
        -o APT::Sandbox::User=root -o Acquire::Check-Valid-Until=false "$@"
}

unpack_here() { # all packages of the present folder, into its sub-folder prefix
    local package
    for package in ./*.deb; do
        echo "unpacking $package"
        dpkg-deb -x "$package" prefix
    done
}

write_program() { # write_program NAME: a start script from standard input
    mkdir -p "$DOWNLOADS/bin"
    cat >"$DOWNLOADS/bin/$1"
    chmod 0755 "$DOWNLOADS/bin/$1"
}

# fetched NAME TEXT: fetches NAME (by the function fetch_NAME, in an empty folder) unless it is there.
fetched() {
    local name=$1 folder=$DOWNLOADS/$1
    [ -f "$folder/.ready" ] && return 0
    rm -rf "$folder" "$folder.new"
    mkdir -p "$folder.new/prefix"
    step "$name" "$2" "fetch_${name//-/_}" "$folder.new"
    mv "$folder.new/prefix" "$folder"
    rm -rf "$folder.new"
}

fetch_odoo_19() {
    local folder=$1 package stub
    cd "$folder" || return
    if [ "$(. /etc/os-release && echo "$ID")" = ubuntu ] && [ -z "${APT_SITE:-}" ]; then
        write_suite "$folder" devel "main universe" /usr/share/keyrings/ubuntu-archive-keyring.gpg
    else
        write_suite "$folder" sid main /usr/share/keyrings/debian-archive-keyring.gpg
    fi
    apt_private "$folder" update
    apt_private "$folder" download odoo-19
    # what Odoo's package links to, from the machine's own suite
    list "$ROOT/docker/apt-linked.txt" | while read -r package; do
        apt-get -o APT::Sandbox::User=root download "$package" || apt_private "$folder" download "$package"
    done
    unpack_here
    # a script for blurring the background of calls is left out; without it pages log an error
    stub=prefix/usr/lib/python3/dist-packages/odoo/addons/mail/static/lib/selfie_segmentation
    mkdir -p $stub
    touch $stub/selfie_segmentation.js
    dpkg-deb -f ./odoo-19_*.deb Version >prefix/.ready
}

# Debian packaged wkhtmltopdf up to release 12; it runs with the libraries of that release.
fetch_wkhtmltopdf() {
    local folder=$1 target=$DOWNLOADS/wkhtmltopdf packages libraries
    cd "$folder" || return
    write_suite "$folder" bookworm main /usr/share/keyrings/debian-archive-keyring.gpg
    apt_private "$folder" update
    apt_private "$folder" install -s --no-install-recommends wkhtmltopdf >plan
    # PDF files need neither 3D drivers nor package tools
    mapfile -t packages < <(sed -n 's/^Inst \([^ ]*\) .*/\1/p' plan |
        grep -vE '^(libllvm|libz3-|libgl1-mesa-dri|iso-codes|dpkg|perl|tar|fonts-)')
    apt_private "$folder" download "${packages[@]}"
    unpack_here
    libraries=$(cd prefix && find lib usr/lib -maxdepth 1 -type d -name '*-linux-gnu*' -printf "$target/%p\n" | paste -sd :)
    write_program wkhtmltopdf <<SCRIPT
#!/bin/sh
export QT_PLUGIN_PATH=$target/$(cd prefix && find usr/lib -type d -path '*/qt5/plugins')
exec $target/$(cd prefix && find lib -name 'ld-linux*' -print -quit) --library-path $libraries $target/usr/bin/wkhtmltopdf "\$@"
SCRIPT
    touch prefix/.ready
}

# Ubuntu's Chromium is a snap, which a system user cannot start; npm has a headless one.
fetch_chromium() {
    local folder=$1
    cd "$folder" || return
    npm pack --ignore-scripts "$(list "$ROOT/docker/npm-chromium.txt")"
    tar -xzf ./*.tgz
    node -e '
        const fs = require("fs");
        const data = fs.readFileSync("package/bin/chromium.br");
        fs.writeFileSync("prefix/chromium", require("zlib").brotliDecompressSync(data), {mode: 0o755});
    '
    write_program chromium <<SCRIPT
#!/bin/sh
exec $DOWNLOADS/chromium/chromium "\$@"
SCRIPT
    touch prefix/.ready
}
