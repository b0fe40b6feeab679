#![allow(clippy::unwrap_used)]

use super::*;
use proptest::prelude::*;

const FSTAB: &str = "# <file system> <mount point>  <type>  <options>  <dump>  <pass>\n\
        UUID=aaaa  /   ext4\terrors=remount-ro  0 1   # root\n\
        UUID=bbbb /srv/my\\040data/ ext4 defaults 0 2\n\
        /srv/x /srv/y none bind 0 0\n\
        UUID=cccc none swap sw 0 0\n\
        UUID=dddd /var xfs defaults\n\
        UUID=eeee /bare ext4\n\
        UUID=ffff /sel ext4 context=\"a,b\" 0 0\n";

fn add(text: &str, target: &str, options: &[&str]) -> Result<FstabEdit, FstabError> {
    let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
    add_options(text, target, &options)
}

#[test]
fn adds_and_disturbs_nothing() {
    let changed = |from: &str, to: &str| Ok(FstabEdit::Changed(FSTAB.replace(from, to)));
    assert_eq!(
        add(FSTAB, "/", &["iversion"]),
        changed("remount-ro", "remount-ro,iversion")
    );
    assert_eq!(
        add(FSTAB, "/srv/my data", &["iversion", "noatime"]),
        changed("ext4 defaults 0 2", "ext4 defaults,iversion,noatime 0 2")
    );
    assert_eq!(
        add(FSTAB, "/bare", &["iversion"]),
        changed("/bare ext4", "/bare ext4 iversion")
    );
    let crlf = FSTAB.replace('\n', "\r\n");
    assert_eq!(
        add(&crlf, "/var", &["x"]),
        Ok(FstabEdit::Changed(crlf.replace("xfs defaults", "xfs defaults,x")))
    );
}

#[test]
fn spellings_are_one_option() {
    let text = "a / ext4 defaults,i_version 0 1";
    assert_eq!(add(text, "/", &["iversion"]), Ok(FstabEdit::Unchanged));
    let text = "a / ext4 noiversion,ro 0 1";
    assert_eq!(
        add(text, "/", &["iversion"]),
        Ok(FstabEdit::Changed("a / ext4 ro,iversion 0 1".to_owned()))
    );
}

#[test]
fn says_why_not() {
    for (target, option, message) in [
        ("/home", "iversion", "no line for the mount point /home"),
        ("/srv/y", "iversion", "no line"),
        ("none", "iversion", "no line"),
        ("/", "a b", "not a mount option"),
        ("/", "", "not a mount option"),
        ("/sel", "iversion", "hold a quote"),
    ] {
        let error = add(FSTAB, target, &[option]).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    let twice = "a / ext4 ro\nb / ext4 rw\n";
    assert!(add(twice, "/", &["x"]).unwrap_err().to_string().contains("[1, 2]"));
}

#[test]
fn tells_file_systems_apart() {
    assert_eq!(find(FSTAB, "/").unwrap().iversion(), Some(Iversion::Option));
    assert_eq!(find(FSTAB, "/var").unwrap().iversion(), Some(Iversion::AlreadyOn));
    assert_eq!(find("a / auto ro", "/").unwrap().iversion(), None);
    assert_eq!(iversion_of("vfat"), Iversion::NoSuchOption);
}

proptest! {
    #[test]
    fn idempotent_and_other_lines_survive(
        lines in prop::collection::vec("#\\PC{0,12}|[a-z]{1,4}[ \t]{1,3}/[a-z]{0,2} +ext4( +[a-z,]{1,8}( 0 0)?)?|\\PC{0,12}", 0..8),
        end in "\r?\n?",
        wanted in prop::collection::vec("iversion|i_version|[a-z]{1,4}", 1..3),
    ) {
        let text = lines.join("\n") + &end;
        if let Ok(FstabEdit::Changed(once)) = add_options(&text, "/", &wanted) {
            prop_assert_eq!(add_options(&once, "/", &wanted), Ok(FstabEdit::Unchanged));
            let line = find(&once, "/").unwrap();
            prop_assert!(wanted.iter().all(|option| line.has(option)));
            let differing: Vec<usize> = text
                .split_inclusive('\n')
                .zip(once.split_inclusive('\n'))
                .enumerate()
                .filter(|(_, (before, after))| before != after)
                .map(|(number, _)| number + 1)
                .collect();
            prop_assert_eq!(differing, vec![line.line]);
        }
    }
}
