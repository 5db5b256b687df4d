#!/bin/sh
# Installs what some tests drive beside Python, where that is allowed; else says in one line what is left out.
missing=""
[ -x /usr/sbin/mosquitto ] || command -v mosquitto >/dev/null 2>&1 || missing="$missing mosquitto"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "geshao: installing$missing for the tests (once)"
    # A policy of 101 keeps the package from starting a broker of its own.
    policy=/usr/sbin/policy-rc.d
    made=""
    [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && made=1; }
    fonts=""
    case "$missing" in *chromium*) fonts="fonts-noto-cjk" ;; esac
    if DEBIAN_FRONTEND=noninteractive apt-get update -qq >/dev/null 2>&1 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing $fonts >/dev/null 2>&1; then
        missing=""
    fi
    [ -n "$made" ] && rm -f "$policy"
fi
[ -z "$missing" ] && exit 0
echo "geshao: left out, for want of Debian's$missing: the tests that drive it"
[ -n "${CI:-}" ] && { echo "geshao: CI leaves nothing out" >&2; exit 1; }
exit 0
