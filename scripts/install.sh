#!/usr/bin/env bash
# Makes the virtual environment and installs a part of the project into it, with the tested versions of constraints.txt.
#
#   scripts/install.sh VENV train       what training needs
#   scripts/install.sh VENV train,dev   that, and what the tests and checks need (any list of extras)
#   scripts/install.sh VENV system      the sandbox and the browser of the system (optional: skipped with its reason)
#   scripts/install.sh VENV alfworld    the original ALFWorld engine, to compare with (optional: skipped with its reason)
#
# System packages are installed only as root, through apt-get; otherwise the one command is printed.
# PYTHON names the interpreter, TORCH_INDEX an index to take torch from (such as the one with CPU builds).
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1
part=$2
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

say() { printf '%s\n' "$*" >&2; }

find_python() {
    local name
    for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$name"
            return
        fi
    done
    say "Python 3.11 or newer is needed; ${PYTHON:-python3} is $(${PYTHON:-python3} --version 2>&1 || true)."
    say "Install it, or name one: make PYTHON=/path/to/python3.11 ..."
    return 1
}

# system_packages NAME...: 0 if they are there now; otherwise prints the command that a person has to run.
system_packages() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "Installing system packages: $*"
        if apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y "$@" >&2; then
            return
        fi
    fi
    say "System packages are missing. Install them: sudo apt-get install -y $*"
    return 1
}

make_venv() {
    [ -x "$venv/bin/python" ] && return
    local python
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        local version
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        system_packages "python$version-venv"
    fi
    say "Making $venv with $("$python" --version)"
    "$python" -m venv "$venv"
}

install_extras() {
    if ! "$venv/bin/python" -c 'import torch' 2>/dev/null; then
        if [ -n "${TORCH_INDEX:-}" ]; then
            "$venv/bin/pip" install -q -c constraints.txt torch --index-url "$TORCH_INDEX"
        elif [ "$(uname -s)" = Linux ] && ! command -v nvidia-smi >/dev/null; then
            say "No NVIDIA GPU here: set TORCH_INDEX to the index of torch's CPU builds for a much smaller download."
        fi
    fi
    say "Installing the project with the extras [$1] into $venv (a few minutes at first)"
    "$venv/bin/pip" install -q -c constraints.txt -e ".[$1]"
}

# skip REASON: says why the original engine is left out, now and whenever the tests run.
skip() {
    {
        echo "Without the original ALFWorld engine: $*"
        echo "What compares with it is left out of the tests. To try again: rm $venv/stamp-alfworld-yes"
    } | tee "$venv/alfworld-skipped" >&2
}

# The extra alfworld builds a planner and an interpreter from source, which needs compilers.
install_alfworld() {
    rm -f "$venv/alfworld-skipped"
    if "$venv/bin/python" -c 'import alfworld, textworld, fast_downward' 2>/dev/null; then
        return
    fi
    local missing=""
    command -v cmake >/dev/null || missing="$missing cmake"
    command -v g++ >/dev/null || missing="$missing g++"
    command -v make >/dev/null || missing="$missing make"
    # shellcheck disable=SC2086  # one word for each package
    if [ -n "$missing" ] && ! system_packages $missing; then
        skip "it cannot be built without$missing (sudo apt-get install -y$missing)."
        return
    fi
    say "Installing the original ALFWorld engine (builds its planner, some minutes)"
    local log="$venv/alfworld-install.log"
    if ! "$venv/bin/pip" install -c constraints.txt -e '.[alfworld]' >"$log" 2>&1; then
        skip "its installation failed, see $log: $(grep -v '^ *$' "$log" | tail -n 1)"
    fi
}

# What runs untrusted programs and pages: without them their tests are skipped, and say so.
install_system() {
    local missing=""
    command -v bwrap >/dev/null || missing="$missing bubblewrap libseccomp2"
    if ! command -v chromium-headless-shell >/dev/null && ! command -v chromium >/dev/null \
        && ! command -v google-chrome >/dev/null && [ -z "${SGE_CHROMIUM:-}" ]; then
        missing="$missing chromium-headless-shell"
    fi
    # shellcheck disable=SC2086  # one word for each package
    if [ -n "$missing" ] && ! system_packages $missing; then
        say "Without them the tests of the code sandbox or of the browser are left out."
    fi
}

make_venv
case $part in
    alfworld) install_alfworld ;;
    system) install_system ;;
    *) install_extras "$part" ;;
esac
