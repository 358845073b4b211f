/*
 * fscrypt_dir DIRECTORY: makes an empty directory of an ext4 file system an encrypted one, with a key of this run alone
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>

#include <linux/fscrypt.h>

int main(int argc, char **argv)
{
    union
    {
        struct fscrypt_add_key_arg arg;
        unsigned char room[sizeof(struct fscrypt_add_key_arg) + 64];
    } key;
    struct fscrypt_policy_v2 policy;
    int dir;

    if (argc != 2 || (dir = open(argv[1], O_RDONLY | O_DIRECTORY)) == -1) return 2;
    memset(&key, 0, sizeof(key));
    key.arg.key_spec.type = FSCRYPT_KEY_SPEC_TYPE_IDENTIFIER;
    key.arg.raw_size = 64;
    if (getrandom(key.arg.raw, 64, 0) != 64) return 2;
    if (ioctl(dir, FS_IOC_ADD_ENCRYPTION_KEY, &key.arg))
    {
        perror("FS_IOC_ADD_ENCRYPTION_KEY");
        return 1;
    }
    memset(&policy, 0, sizeof(policy));
    policy.version = FSCRYPT_POLICY_V2;
    policy.contents_encryption_mode = FSCRYPT_MODE_AES_256_XTS;
    policy.filenames_encryption_mode = FSCRYPT_MODE_AES_256_CTS;
    policy.flags = FSCRYPT_POLICY_FLAGS_PAD_32;
    memcpy(policy.master_key_identifier, key.arg.key_spec.u.identifier, FSCRYPT_KEY_IDENTIFIER_SIZE);
    if (ioctl(dir, FS_IOC_SET_ENCRYPTION_POLICY, &policy))
    {
        perror("FS_IOC_SET_ENCRYPTION_POLICY");
        return 1;
    }
    return 0;
}
