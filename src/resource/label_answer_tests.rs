#![allow(clippy::unwrap_used)]
use super::*;
use proptest::prelude::*;

fn parse(answer: &str) -> Result<LabelAudit, HostError> {
    LabelAudit::parse(answer.as_bytes(), Appraisal::Enforce)
}

const ANSWER: &str = "fits sha256sum 250\nfits sha1sum 2\nfits sha256sum 7\nsigned 2 030204deadbeef\n\
    signed 1 0303060000000a\nsigned 3 060304deadbeef\nsigned 1 030204deadbeef\nsettled /b\nsettled /a\nstale /x: y \n\
    unreadable Permission denied: /r: s\nunreadable Input/output error: /e\nmissing /m\\012n\nlabel 0x07 /i\nlabel 0x0411";

fn answer() -> String {
    format!(
        "{ANSWER}{} /sm3\nwriter 7 a b \nwrites /m\\012n\nend\n",
        "ab".repeat(32)
    )
}

#[test]
fn adds_up_and_names_what_does_not_hold() {
    let audit = parse(&answer()).unwrap();
    let fits: Vec<String> = audit
        .fits
        .iter()
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    assert_eq!(fits, ["sha1 2", "sha256 257"].map(str::to_owned));
    let signers: Vec<_> = audit
        .signed
        .iter()
        .map(|(signer, count)| (signer.signed, signer.key_id, signer.algorithm.as_str(), *count))
        .collect();
    assert_eq!(
        signers,
        [
            (Signed::Content, 10, "sha512", 1),
            (Signed::Content, 0xdead_beef, "sha256", 3),
            (Signed::Verity, 0xdead_beef, "sha256", 3),
        ]
    );
    assert_eq!(audit.unchecked, [(HashAlgorithm::from_name("sm3").unwrap(), 1)].into());
    let faulty: Vec<String> = audit
        .faulty
        .iter()
        .map(|file| {
            let writer = file.writer.as_ref().map(ToString::to_string);
            format!("{} {:?} {}", file.path, file.fault, writer.unwrap_or_default())
        })
        .collect();
    assert_eq!(
        faulty,
        [
            "/e Unreadable(\"Input/output error\") ",
            "/i Invalid(UnknownType(7)) ",
            "$'/m\\nn' Unlabelled 7 a b",
            "$'/r: s' Refused ",
            "$'/x: y ' Stale ",
        ]
    );
    assert_eq!(
        audit.settled.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["/a", "/b"]
    );
    assert_eq!((audit.in_scope(), audit.labelled(), audit.holds()), (272, 271, false));
}

#[test]
fn being_denied_is_a_verdict_only_where_the_kernel_enforces() {
    let answer = b"unreadable Permission denied: /a\nend\n";
    for (mode, refused) in [
        (Appraisal::Enforce, true),
        (Appraisal::Fix, false),
        (Appraisal::Off, false),
    ] {
        let audit = LabelAudit::parse(answer, mode).unwrap();
        assert_eq!(audit.faulty[0].fault == LabelFault::Refused, refused, "{mode:?}");
    }
}

#[test]
fn a_writer_excuses_what_its_close_will_repair() {
    let holds = |fault: &str| {
        parse(&format!("{fault} /a\nwriter 7 dd\nwrites /a\nend\n"))
            .unwrap()
            .holds()
    };
    assert!(holds("stale") && holds("missing") && holds("unreadable Permission denied:"));
    assert!(!holds("label 0x07") && !holds("unreadable Input/output error:"));
    assert!(parse("end\n").unwrap().holds());
}

#[test]
fn an_answer_that_is_cut_off_or_strange_is_refused() {
    let whole = answer();
    for end in 0..whole.len() {
        assert!(parse(&whole[..end]).is_err(), "{end}");
    }
    for line in [
        "fits sha256sum",
        "fits sha256 1",
        "fits crc32sum 1",
        "fits sha256sum -1",
        "signed 1 0404",
        "signed 1 ff0204deadbeef",
        "label 0xzz",
        "stale /a\\",
        "unreadable /a",
        "writes /a",
        "writer x y",
        "hello /a",
        "hello",
    ] {
        let error = parse(&format!("{line}\nend\n")).unwrap_err().to_string();
        assert!(error.contains(&line.escape_debug().to_string()), "{line}: {error}");
    }
    assert_eq!(
        parse("fits sha256sum 18446744073709551615\nfits sha256sum 9\nend\n")
            .unwrap()
            .in_scope(),
        u64::MAX
    );
}

proptest! {
    #[test]
    fn never_panics(lines in prop::collection::vec(
        ("(fits|signed|settled|stale|missing|label|unreadable|writer|writes) ", prop::collection::vec(any::<u8>(), 0..30)), 0..6,
    )) {
        let lines: Vec<Vec<u8>> = lines.into_iter().map(|(kind, rest)| [kind.as_bytes(), &rest, b"\n"].concat()).collect();
        if let Ok(audit) = LabelAudit::parse(&[lines.concat().as_slice(), b"end\n"].concat(), Appraisal::Log) {
            prop_assert!(audit.labelled() <= audit.in_scope());
        }
    }
}
