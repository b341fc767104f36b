#!/bin/sh
# Fill the table over the base-size encoder on one NVIDIA GPU: several trainings share it through
# CUDA's multi-process service. It needs no network, each finished run is written at once, and the
# same command goes on with what is missing.
#
# sh scripts/experiments/on_a_card.sh TWEETS [MINUTES] [options of run.py]
set -eu
tweets=$1
minutes=${2:-10}
shift "$(($# < 2 ? $# : 2))"
rows=${ROWS:-T-only,ITA-GA + CVA,Knowledge,Knowledge + CVA,T-only + R-Drop,ITA-GA,ITA-Random + CVA,ITA-Joint,ITA-GA + CVA (sequence KL)}

if command -v nvidia-cuda-mps-control > /dev/null; then
    CUDA_MPS_PIPE_DIRECTORY=$(mktemp -d)
    CUDA_MPS_LOG_DIRECTORY=$CUDA_MPS_PIPE_DIRECTORY
    export CUDA_MPS_PIPE_DIRECTORY CUDA_MPS_LOG_DIRECTORY
    nvidia-cuda-mps-control -d
    trap 'echo quit | nvidia-cuda-mps-control' EXIT
fi
code=0
HF_HUB_OFFLINE=1 timeout "${minutes}m" "${PYTHON:-.venv/bin/python}" -m scripts.experiments.run \
    --tweets "$tweets" --data "${DATA:-twitter2017,twitter2015}" --encoders "${ENCODER:-mpnet}" \
    --only "$rows" --seeds "${SEEDS:-0,1,2}" --jobs "${JOBS:-12}" --gpu-id "${GPU:-0}" "$@" || code=$?
# 124: the time is over, and the rest is left for another time
[ "$code" = 124 ] || exit "$code"
