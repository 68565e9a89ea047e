#!/usr/bin/env bash
# A SLURM of one node with one pretend GPU, without systemd, database or cgroups. As root, on Debian.
#
#   slurm_node.sh install        the distribution's packages
#   slurm_node.sh start FOLDER   daemons with files, key and ports of their own in FOLDER
#   slurm_node.sh stop FOLDER    ends those daemons, and only those
set -euo pipefail
# The executor hands no SLURM_CONF on to its job steps, so the configuration must lie where SLURM looks for it.
conf_link=/etc/slurm/slurm.conf

install() {
  command -v slurmctld slurmd munged >/dev/null && return
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends slurm-wlm munge >/dev/null
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

write_files() {
  mkdir -p state spool
  # Each job's device as its processes see it, and its end: the only record without a database.
  cat >seen.sh <<SEEN
#!/bin/sh
echo "\$SLURM_JOB_ID \${CUDA_VISIBLE_DEVICES-none}" >>$folder/devices.txt
SEEN
  chmod 755 seen.sh
  # Count alone registers no device and drains the node: the pretend GPU needs a device file.
  printf 'AutoDetect=off\nNodeName=localhost Name=gpu File=/dev/full\n' >gres.conf
  cat >slurm.conf <<CONF
ClusterName=matchreel
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
SlurmUser=root
SlurmdUser=root
AuthInfo=socket=$folder/munge.socket
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
TaskProlog=$folder/seen.sh
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
# Memory is enforced by looking each second, for want of cgroups.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherParams=OverMemoryKill
JobAcctGatherFrequency=task=1
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0
# Finished jobs stay known to squeue and scontrol for an hour: no database is asked.
MinJobAge=3600
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu
# The node may claim more than this machine has.
SlurmdParameters=config_overrides
NodeName=localhost NodeAddr=127.0.0.1 CPUs=4 RealMemory=32000 Gres=gpu:1
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
}

start() {
  if [ -e $conf_link ]; then
    echo "slurm_node: $conf_link is there already: this machine has a SLURM of its own" >&2
    return 1
  fi
  umask 022
  mkdir -p "$1"
  cd "$1"
  folder=$PWD
  write_files
  dd if=/dev/urandom of=munge.key bs=256 count=1 status=none
  chmod 400 munge.key
  munged --force --socket="$folder/munge.socket" --key-file="$folder/munge.key" --pid-file="$folder/munged.pid" \
    --log-file="$folder/munged.log" --seed-file="$folder/munged.seed"
  slurmctld -f "$folder/slurm.conf"
  slurmd -f "$folder/slurm.conf" -N localhost
  mkdir -p /etc/slurm
  ln -sfn "$folder/slurm.conf" $conf_link
  for _ in $(seq 60); do
    [ "$(timeout 5 sinfo --noheader --format=%t 2>/dev/null)" = idle ] && return
    sleep 0.5
  done
  echo "slurm_node: the node did not become idle; the last lines of its logs:" >&2
  tail -n 5 slurmctld.log slurmd.log munged.log >&2
  stop "$folder"
  return 1
}

stop() {
  cd "$1"
  [ "$(readlink $conf_link)" = "$PWD/slurm.conf" ] && rm $conf_link
  for daemon in slurmd slurmctld munged; do
    [ -s $daemon.pid ] && kill "$(cat $daemon.pid)" 2>/dev/null || true
  done
  for _ in $(seq 40); do
    ls slurmd.pid slurmctld.pid munged.pid >/dev/null 2>&1 || return 0
    sleep 0.25
  done
}

"$@"
