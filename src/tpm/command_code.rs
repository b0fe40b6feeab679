/// Commands that are forwarded to a host's TPM (TPM 2.0 Library, Part 2, TPM_CC). None of them changes it: whoever gets at
/// the socket between libtss2 and the connection, or whatever is wrong in here, cannot clear, define or extend anything.
const READ_ONLY: [u32; 11] = [
    0x131, // CreatePrimary: a key that is gone with the connection
    0x147, // ActivateCredential
    0x14e, // NV_Read
    0x151, // PolicySecret
    0x158, // Quote
    0x165, // FlushContext
    0x169, // NV_ReadPublic
    0x173, // ReadPublic
    0x176, // StartAuthSession
    0x17a, // GetCapability
    0x17e, // PCR_Read
];

/// What a TPM says of a command that it has not: a header of 10 bytes with TPM_RC_COMMAND_CODE.
const NOT_IMPLEMENTED: [u8; 10] = [0x80, 0x01, 0, 0, 0, 10, 0, 0, 0x01, 0x43];

/// The answer to a command that is not forwarded; `None` for one that is.
pub(super) fn refusal(command: &[u8]) -> Option<Vec<u8>> {
    // Tag, size, code (Part 1, 18.2).
    let code = command
        .get(6..10)
        .and_then(|code| code.first_chunk())
        .map(|code| u32::from_be_bytes(*code));
    let forwarded = code.is_some_and(|code| READ_ONLY.contains(&code));
    (!forwarded).then(|| NOT_IMPLEMENTED.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_a_tpm_is_not_forwarded() {
        let command = |code: u32| [&[0x80, 1, 0, 0, 0, 10][..], &code.to_be_bytes()].concat();
        assert_eq!(refusal(&command(0x158)), None);
        // Clear, NV_Write, PCR_Extend, EvictControl, HierarchyChangeAuth, DictionaryAttackLockReset
        for code in [0x126, 0x137, 0x182, 0x120, 0x129, 0x139] {
            assert_eq!(refusal(&command(code)), Some(NOT_IMPLEMENTED.to_vec()), "{code:#x}");
        }
        assert!(refusal(&[0x80, 1, 0]).is_some());
    }
}
