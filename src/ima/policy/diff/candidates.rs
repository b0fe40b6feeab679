use super::attribute::Attribute;
use crate::ima::policy::{Access, Action, Class, Kernel, Keyword, Match, Options, Rule, matches};

/// The rules of one policy that may decide about an access of which not everything is known, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidates<'a> {
    rules: Vec<Candidate<'a>>,
}

/// A rule that may match.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate<'a> {
    rule: &'a Rule,
    /// What is to be known before it is clear that it does; none where it does.
    open: Vec<Keyword>,
}

impl<'a> Candidates<'a> {
    /// All of these rules, where nothing is known yet, not even the hook.
    pub fn unasked(rules: impl Iterator<Item = &'a Rule>) -> Self {
        let open = || vec![Keyword::Func];
        Self {
            rules: rules.map(|rule| Candidate { rule, open: open() }).collect(),
        }
    }

    /// Those among these rules. None of a class comes after one that matches for sure.
    pub fn of(rules: impl Iterator<Item = &'a Rule>, access: &Access, kernel: &Kernel) -> Self {
        let mut candidates: Vec<Candidate<'a>> = Vec::new();
        for rule in rules {
            let class = rule.action.class();
            let decided = |candidate: &Candidate<'_>| candidate.is_sure() && candidate.rule.action.class() == class;
            if candidates.iter().any(decided) {
                continue;
            }
            match matches(rule, access, kernel) {
                Match::Yes => candidates.push(Candidate { rule, open: Vec::new() }),
                Match::Open(open) => candidates.push(Candidate { rule, open }),
                Match::No(_) => {}
            }
        }
        Self { rules: candidates }
    }

    /// Those that are left when more is known.
    pub fn narrowed(&self, access: &Access, kernel: &Kernel) -> Self {
        Self::of(self.rules.iter().map(|candidate| candidate.rule), access, kernel)
    }

    /// Whether any of them asks for this.
    pub fn ask(&self, asks: impl Fn(&Rule) -> bool) -> bool {
        self.rules.iter().any(|candidate| asks(candidate.rule))
    }

    /// Whether nothing can differ whatever else is known: these are the same rules, or all of both would do the same.
    pub fn agree(&self, other: &Self, class: Class) -> bool {
        let same = self.rules.len() == other.rules.len() && self.first_difference(other) == self.rules.len();
        let mut done = self.may_do(class).into_iter().chain(other.may_do(class));
        same || done.next().is_none_or(|first| done.all(|next| next == first))
    }

    /// What may be done about an access, as the options of the rule by which it is; `None` is nothing.
    fn may_do(&self, class: Class) -> Vec<Option<&Options>> {
        let own = || {
            self.rules
                .iter()
                .filter(|candidate| candidate.rule.action.class() == class)
        };
        let done = own().map(|candidate| candidate.rule.action.does().then_some(&candidate.rule.options));
        let mut done: Vec<_> = done.collect();
        let appraises = |candidate: &Candidate<'_>| candidate.rule.action == Action::Appraise;
        // A rule of appraise may take over what a rule of hash labels.
        if !own().any(Candidate::is_sure) || class == Class::Hash && self.rules.iter().any(appraises) {
            done.push(None);
        }
        done
    }

    /// What of the access is to be known next; `None` where both have decided. It is what the first rule asks for that
    /// is not the same in both: where it does not match, all may be the same.
    pub fn next_attribute(&self, other: &Self, access: &Access) -> Option<Attribute> {
        let at = self.first_difference(other);
        let different = [self, other].into_iter().filter_map(|side| side.rules.get(at));
        let all = [self, other].into_iter().flat_map(|side| &side.rules);
        let next = first(different, access).or_else(|| first(all, access))?;
        // Only FUSE has subtypes: which one it is goes first, since that leaves open whether it has a name.
        let subtype = |rule: &Rule| rule.conditions.fs_subtype.is_some();
        let subtypes = access.fs_subtype.is_none() && (self.ask(subtype) || other.ask(subtype));
        Some(match next {
            Attribute::FsName if subtypes => Attribute::FsSubtype,
            next => next,
        })
    }

    /// The number of rules at the beginning that are the same in both, wherever they stand in their files.
    fn first_difference(&self, other: &Self) -> usize {
        let same = |(one, two): &(&Candidate<'_>, &Candidate<'_>)| one.rule.is_same(two.rule);
        self.rules.iter().zip(&other.rules).take_while(same).count()
    }

    /// The rule that decides, where nothing is open. What a rule of hash labels is
    /// taken over by a later rule of appraise ([`crate::ima::policy::Explanation::labels_only`]).
    pub fn decision(&self, class: Class) -> Option<&'a Rule> {
        let rules = || self.rules.iter().map(|candidate| candidate.rule);
        let of = |class| move |rule: &&Rule| rule.action.class() == class;
        let own = rules().find(of(class));
        let takes_over = || {
            let mut later = rules().skip_while(|rule| rule.action != Action::Hash);
            later.find(|rule| rule.action == Action::Appraise)
        };
        match own {
            Some(hash) if hash.action == Action::Hash => takes_over().or(own),
            own => own,
        }
    }
}

impl Candidate<'_> {
    fn is_sure(&self) -> bool {
        self.open.is_empty()
    }
}

/// The first attribute that these leave open. Not the first rule's, so that it is the same whichever policy comes first.
fn first<'c, 'a: 'c>(candidates: impl Iterator<Item = &'c Candidate<'a>>, access: &Access) -> Option<Attribute> {
    candidates
        .flat_map(|candidate| &candidate.open)
        .filter_map(|keyword| Attribute::of(*keyword, access))
        .min()
}

impl Rule {
    /// Whether it is the same wherever it stands.
    fn is_same(&self, other: &Self) -> bool {
        self.action == other.action && self.conditions == other.conditions && self.options == other.options
    }
}
