#!/usr/bin/env bash
# The whole workflow in one job of SLURM, with 8 cores and two GPUs of one node. Run it in the workflow's folder, in a
# shell that has Snakemake and conda. Options are passed on to Snakemake.
#
#     sbatch profiles/slurm/allocation.sh
#
# When its time is over, or if it is preempted, rerun the same command; it picks up where it left off.

#SBATCH --partition=gpu  # SITE
#SBATCH --time=1-00:00:00  # SITE: as long as the partition allows
#SBATCH --nodes=1
#SBATCH --cpus-per-task=8
#SBATCH --gpus=2
#SBATCH --mem=64G
#SBATCH --requeue
#SBATCH --job-name=abacad
#SBATCH --output=results/allocation-%j.log
#SBATCH --open-mode=append

# A failed node leaves the folder locked.
if [ "${SLURM_RESTART_COUNT:-0}" -gt 0 ]; then
    snakemake --unlock "$@"
fi
exec snakemake --resources gpu=2 --cores 8 "$@"
