#!/usr/bin/env bash
# Runs the tests of the bridges, each library in a virtual environment where it installs.
#
#   scripts/test_bridges.sh FOLDER [GROUP...]
#
# Groups: main (TRL, Stable-Baselines3, TorchRL, RLlib, SkyRL, TextArena, and environments in Ray actors), verifiers,
# openenv, verl, verl-0.7; these five where none is named; and ci, the part of main that takes about two minutes. Their environments are made in FOLDER,
# about 2 GB each, and used again.
# PYTHON names the interpreter, TORCH_INDEX an index to take torch from, ARGS further words for pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1
shift
groups=("$@")
[ ${#groups[@]} -gt 0 ] || groups=(main verifiers openenv verl verl-0.7)
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

say() { printf '%s\n' "$*" >&2; }

# install VENV CONSTRAINTS WHAT...: makes the environment, unless it is there and nothing that decides has changed.
install() {
    local venv=$1 constraints=$2
    shift 2
    if [ -e "$venv/stamp" ] && [ "$venv/stamp" -nt "$constraints" ] && [ "$venv/stamp" -nt pyproject.toml ]; then
        return
    fi
    say "Installing $* into $venv (a few minutes)"
    [ -x "$venv/bin/python" ] || "${PYTHON:-python3}" -m venv "$venv"
    if ! "$venv/bin/python" -c 'import torch' 2>/dev/null; then
        if [ -n "${TORCH_INDEX:-}" ]; then
            "$venv/bin/pip" install -q -c "$constraints" torch --index-url "$TORCH_INDEX"
        else
            "$venv/bin/pip" install -q -c "$constraints" torch
        fi
    fi
    "$venv/bin/pip" install -q -c "$constraints" "$@" pytest pytest-timeout pytest-xdist hypothesis
    touch "$venv/stamp"
}

# run GROUP TEST...: its tests, with the interpreter that has its libraries.
run() {
    local venv="$folder/$1"
    shift
    # shellcheck disable=SC2086  # ARGS are words
    OMP_NUM_THREADS=1 TRL_EXPERIMENTAL_SILENCE=1 "$venv/bin/python" -m pytest "${@/#/tests/sge_wrappers/bridges/}" -rs ${ARGS:-} ||
        failed="$failed $(basename "$venv")"
}

failed=""
mkdir -p "$folder"
for group in "${groups[@]}"; do
    say "== $group"
    case $group in
        ci)
            install "$folder/ci" constraints.txt -e '.[train,trl,sb3,torchrl]'
            run ci test_trl.py test_trl_rollout.py test_trl_template.py test_sb3.py test_torchrl.py
            ;;
        main)
            install "$folder/main" constraints.txt -e '.[train,trl,sb3,torchrl,rllib,skyrl,textarena]'
            run main test_trl.py test_trl_rollout.py test_trl_template.py test_sb3.py test_torchrl.py test_rllib.py \
                test_skyrl.py test_textarena.py test_bridges.py ../../sge_agent/test_env_ray.py
            ;;
        verl-0.7)  # the extra names the newer release
            install "$folder/$group" constraints-bridges/verl-0.7.txt -e . verl
            run "$group" test_verl.py
            ;;
        verifiers | openenv | verl)
            install "$folder/$group" "constraints-bridges/$group.txt" -e ".[$group]"
            run "$group" "test_$group.py"
            ;;
        *)
            say "There is no group '$group': ci, main, verifiers, openenv, verl, verl-0.7."
            exit 2
            ;;
    esac
done

if [ -n "$failed" ]; then
    say "Failed:$failed"
    exit 1
fi
