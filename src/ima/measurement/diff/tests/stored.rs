use super::{Line, lines, snapshot};
use crate::ima::measurement::diff::{Diff, Relation, Snapshot};

#[test]
fn a_kept_snapshot_is_readable_a_name_a_line() {
    let mut list = lines("/usr/bin/b=2 /usr/bin/a=3 /usr/bin/b=4 /usr/bin/a!");
    list.push(Line {
        name: b"/t/\xff".to_vec(),
        content: Some(("sha1", 5)),
    });
    let kept = serde_json::to_string_pretty(&snapshot(&list, None)).unwrap();
    let digest = |byte: &str| format!("sha256:{}", byte.repeat(32));
    let history = kept.lines().nth(6).unwrap();
    let expected = format!(
        r#"{{
  "format_version": 1,
  "boot_id": null,
  "boot_aggregate": "{}",
  "template": "ima-ng",
  "entries": 6,
{history}
  "files": {{
    "hex:2f742fff": "sha1:{}",
    "/usr/bin/a": "{}",
    "/usr/bin/b": "{} {}"
  }},
  "violations": {{
    "/usr/bin/a": 1
  }}
}}"#,
        digest("01"),
        "05".repeat(20),
        digest("03"),
        digest("02"),
        digest("04"),
    );
    assert_eq!(kept, expected);
}

#[test]
fn what_is_of_the_initramfs_stays_so() {
    let list = lines("/init=2 /usr/bin/cat=3 /sbin/init=4 /usr/bin/cat=5");
    let kept = serde_json::to_string_pretty(&snapshot(&list, None)).unwrap();
    let [early, late] = ["03", "05"].map(|byte| byte.repeat(32));
    let line = format!(r#""/usr/bin/cat": "initramfs:sha256:{early} sha256:{late}""#);
    assert!(kept.contains(&line), "{kept}");
    let back: Snapshot = serde_json::from_str(&kept).unwrap();
    assert_eq!(serde_json::to_string_pretty(&back).unwrap(), kept);
}

#[test]
fn the_list_of_today_is_known_to_go_on_from_the_kept_one() {
    let a = lines("/a=2 /b=3");
    let kept = serde_json::to_string(&snapshot(&a, None).of_boot("x".into())).unwrap();
    let kept: Snapshot = serde_json::from_str(&kept).unwrap();
    let today = lines("/a=2 /b=3 /a=4");
    let today = snapshot(&today, Some(a.len())).of_boot("x".into());
    let diff = Diff::between(&kept, &today);
    assert_eq!(diff.relation, Relation::Continued { added: 1 });
    assert_eq!(diff.changed.len(), 1);
}

#[test]
fn what_is_no_snapshot_is_refused() {
    let good = serde_json::to_string_pretty(&snapshot(&lines("/a=2 /b=3"), None)).unwrap();
    let digest = "02".repeat(32);
    for (from, to, says) in [
        (
            r#""format_version": 1"#,
            r#""format_version": 2"#,
            "a snapshot of format 2; this imaform knows 1",
        ),
        (r#""/b""#, r#""/a""#, "`/a` is there twice"),
        (r#""/b""#, r#""hex:2f61""#, "`hex:2f61` is there twice"),
        (r#""/b""#, r#""hex:2""#, "`hex:2` does not go on in hexadecimal digits"),
        (digest.as_str(), "0", "`sha256:0` is not ALGORITHM:HEX"),
        (digest.as_str(), "00 +x", "`+x` is not ALGORITHM:HEX"),
        (
            r#""history": ""#,
            r#""history": "0"#,
            "`history` is not 64 hexadecimal digits",
        ),
        (r#""entries""#, r#""entrys""#, "unknown field `entrys`"),
    ] {
        let bad = good.replace(from, to);
        assert_ne!(bad, good);
        let error = serde_json::from_str::<Snapshot>(&bad).unwrap_err().to_string();
        assert!(error.starts_with(says), "{error}");
    }
}
