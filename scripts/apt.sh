# Sourced by the scripts that set up.

# Installs packages of Debian or Ubuntu, as root or by sudo.
apt_install() {
    as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq "$@"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}
