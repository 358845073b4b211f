# A real smbd of one's own and a FUSE mount of it; to be sourced by bash. Nothing of the system's Samba is
# touched: configuration, state and users stand in one folder.
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
#   samba_at      command that is put before smbd and smbclient (array; such as nsenter)
#   smbnetfs_at   the same for smbnetfs
#   samba_share   where the share is seen after samba_mount
#   smbnetfs_pid  the process that serves the mount

samba_at=() smbnetfs_at=() samba_share='' smbnetfs_pid='' samba_dir='' samba_pid=''

# samba_missing: prints what keeps this machine from it; fails when nothing does
samba_missing()
{
    if [ ! -w /dev/fuse ]; then echo "there is no /dev/fuse to mount a share with"
    elif ! command -v smbd >/dev/null || ! command -v smbnetfs >/dev/null || ! command -v smbclient >/dev/null; then
        echo "smbd, smbclient or smbnetfs is not installed"
    else return 1
    fi
}

# samba_configure DIR ORIGIN [ADDRESS]: an smbd on the loopback interface (or that address) whose share
# "docs" is the folder, and an smbnetfs that knows its user
samba_configure()
{
    samba_dir=$1 samba_address=${3:-127.0.0.1} samba_port=$((20000 + $$ % 20000)) samba_user=$(id -un)
    mkdir -p "$samba_dir/var" "$samba_dir/private" "$samba_dir/home/.smb" "$samba_dir/mount" || return
    cat >"$samba_dir/smb.conf" <<END
[global]
    server role = standalone server
    interfaces = $samba_address
    bind interfaces only = yes
    smb ports = $samba_port
    lock directory = $samba_dir/var
    state directory = $samba_dir/var
    cache directory = $samba_dir/var
    pid directory = $samba_dir/var
    private dir = $samba_dir/private
    ncalrpc dir = $samba_dir/var/ncalrpc
    log file = $samba_dir/log.smbd
    passdb backend = tdbsam
    disable spoolss = yes
    load printers = no
[docs]
    path = $2
    read only = no
END
    printf 'demo\ndemo\n' | smbpasswd -c "$samba_dir/smb.conf" -s -a "$samba_user" >/dev/null || return
    cat >"$samba_dir/home/smbnetfs.conf" <<END
smb_query_browsers "false"
smb_timeout 3000
show_hidden_hosts "true"
auth "$samba_address" "$samba_user" "demo"
END
    chmod 600 "$samba_dir/home/smbnetfs.conf"
    printf '[global]\n    smb ports = %s\n' "$samba_port" >"$samba_dir/home/.smb/smb.conf"
}

samba_answers()
{
    samba_pid=$(cat "$samba_dir/var/smbd.pid" 2>/dev/null)
    [ -n "$samba_pid" ] && "${samba_at[@]}" smbclient -p "$samba_port" -U "$samba_user%demo" \
        "//$samba_address/docs" -c ls >/dev/null 2>&1
}

# samba_start: starts smbd and waits until it answers
samba_start()
{
    local try
    rm -f "$samba_dir/var/smbd.pid"
    # in a session of its own: a parent smbd ends its whole process group with it
    "${samba_at[@]}" setsid smbd --configfile="$samba_dir/smb.conf" --daemon --no-process-group || return
    for try in $(seq 75); do
        samba_answers && return
        sleep 0.2
    done
    return 1
}

# samba_pids [PID]: the listening process first, then those that serve a connection, and theirs
samba_pids()
{
    local pid=${1:-$samba_pid} child
    [ -n "$pid" ] || return 0
    echo "$pid"
    for child in $(cat "/proc/$pid/task/$pid/children" 2>/dev/null); do samba_pids "$child"; done
}

# samba_signal SIGNAL: to all processes of this smbd
samba_signal()
{
    # shellcheck disable=SC2046
    kill "-$1" $(samba_pids) 2>/dev/null
}

# samba_stop [SIGNAL]: ends it
samba_stop()
{
    local pids pid try
    [ -n "$samba_pid" ] || return 0
    pids=$(samba_pids)
    # shellcheck disable=SC2086
    kill "-${1:-TERM}" $pids 2>/dev/null
    for pid in $pids; do
        for try in $(seq 25); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.2
        done
    done
    samba_pid=''
}

# samba_mount: mounts the share at $samba_share
samba_mount()
{
    local try
    samba_share=$samba_dir/mount/$samba_address:$samba_port/docs
    HOME=$samba_dir/home setsid "${smbnetfs_at[@]}" smbnetfs -f "$samba_dir/mount" \
        -o "config=$samba_dir/home/smbnetfs.conf" >/dev/null 2>"$samba_dir/smbnetfs.log" </dev/null &
    smbnetfs_pid=$!
    disown "$smbnetfs_pid"
    for try in $(seq 50); do
        ls "$samba_share" >/dev/null 2>&1 && return
        sleep 0.2
    done
    return 1
}

# samba_end: takes down mount and server, however they are; for the end of a test
samba_end()
{
    [ -z "$smbnetfs_pid" ] || kill -CONT "$smbnetfs_pid" 2>/dev/null
    samba_signal CONT
    [ -z "$samba_share" ] || fusermount3 -u -z "$samba_dir/mount" 2>/dev/null
    [ -z "$smbnetfs_pid" ] || kill -TERM "$smbnetfs_pid" 2>/dev/null
    samba_stop TERM
}
