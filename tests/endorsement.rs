//! Attestation keys of software TPMs, checked against the endorsement certificates of their vendor: right ones, other
//! TPMs' keys and certificates, and hosts that lie.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use hmac::{Hmac, KeyInit, Mac};
use imaform::{
    ima::hex,
    tpm::{
        CertificateFault, CertificateIndex, Chain, Credential, Endorsement, EndorsementFault, EndorsementKey, KeyName,
        TrustedRoots, endorse,
    },
};
use proptest::{prelude::*, test_runner::TestRunner};
use sha2::{Digest as _, Sha256};
use std::time::{Duration, SystemTime};
use support::swtpm::{Swtpm, Vendor, code};
use tss_esapi::{
    Context,
    abstraction::{DefaultKey, ek},
    attributes::{NvIndexAttributes, ObjectAttributesBuilder},
    constants::{CapabilityType, SessionType},
    handles::{AuthHandle, KeyHandle, NvIndexTpmHandle, PersistentTpmHandle, SessionHandle, TpmHandle},
    interface_types::{
        algorithm::{AsymmetricAlgorithm, HashingAlgorithm, PublicAlgorithm},
        dynamic_handles::Persistent,
        ecc::EccCurve,
        resource_handles::{Hierarchy, NvAuth, Provision},
        session_handles::{AuthSession, PolicySession},
    },
    structures::{
        CapabilityData, Digest, EccParameter, EccPoint, EccScheme, EncryptedSecret, HashScheme, IdObject,
        KeyDerivationFunctionScheme, MaxNvBuffer, NvPublic, Public, PublicBuilder, PublicEccParametersBuilder,
        SymmetricDefinition, SymmetricDefinitionObject,
    },
};

const READ_PUBLIC: u32 = 0x173;
const NV_READ: u32 = 0x14e;
const CREATE_PRIMARY: u32 = 0x131;
const ACTIVATE_CREDENTIAL: u32 = 0x147;
/// What the bridge to a host lets through that is needed here: CreatePrimary, ActivateCredential, NV_Read, PolicySecret,
/// FlushContext, NV_ReadPublic, ReadPublic, StartAuthSession, GetCapability.
const ALLOWED: [u32; 9] = [
    CREATE_PRIMARY,
    ACTIVATE_CREDENTIAL,
    NV_READ,
    0x151,
    0x165,
    0x169,
    READ_PUBLIC,
    0x176,
    0x17a,
];

fn now() -> SystemTime {
    SystemTime::now()
}

/// The attributes of an attestation key.
fn restricted() -> ObjectAttributesBuilder {
    ObjectAttributesBuilder::new()
        .with_fixed_tpm(true)
        .with_fixed_parent(true)
        .with_sensitive_data_origin(true)
        .with_user_with_auth(true)
        .with_restricted(true)
        .with_sign_encrypt(true)
}

/// A template of a P-256 key that signs; each `unique` makes another key.
fn template(attributes: ObjectAttributesBuilder, unique: [u8; 32]) -> Public {
    PublicBuilder::new()
        .with_public_algorithm(PublicAlgorithm::Ecc)
        .with_name_hashing_algorithm(HashingAlgorithm::Sha256)
        .with_object_attributes(attributes.build().unwrap())
        .with_ecc_parameters(
            PublicEccParametersBuilder::new()
                .with_symmetric(SymmetricDefinitionObject::Null)
                .with_ecc_scheme(EccScheme::EcDsa(HashScheme::new(HashingAlgorithm::Sha256)))
                .with_curve(EccCurve::NistP256)
                .with_key_derivation_function_scheme(KeyDerivationFunctionScheme::Null)
                .with_is_signing_key(true)
                .with_restricted(true)
                .build()
                .unwrap(),
        )
        .with_ecc_unique_identifier(EccPoint::new(
            EccParameter::try_from(unique.to_vec()).unwrap(),
            EccParameter::default(),
        ))
        .build()
        .unwrap()
}

fn create(context: &mut Context, template: Public) -> (KeyHandle, Public) {
    let created = context
        .execute_with_session(Some(AuthSession::Password), |context| {
            context.create_primary(Hierarchy::Endorsement, template, None, None, None, None)
        })
        .unwrap();
    (created.key_handle, created.out_public)
}

fn attestation_key(context: &mut Context) -> KeyHandle {
    create(context, template(restricted(), [0; 32])).0
}

/// What the TPM holds: transient objects, loaded sessions, persistent objects, NV indices.
fn held(context: &mut Context) -> Vec<TpmHandle> {
    [0x8000_0000, 0x0200_0000, 0x0300_0000, 0x8100_0000, 0x0100_0000]
        .into_iter()
        .flat_map(
            |first| match context.get_capability(CapabilityType::Handles, first, 50).unwrap() {
                (CapabilityData::Handles(handles), false) => Vec::<TpmHandle>::from(handles),
                other => panic!("{other:?}"),
            },
        )
        .collect()
}

/// Writes an NV index anew, as vendors do.
fn write_index(context: &mut Context, number: u32, content: &[u8]) {
    let handle = NvIndexTpmHandle::new(number).unwrap();
    if held(context).contains(&TpmHandle::NvIndex(handle)) {
        let object = context.tr_from_tpm_public(handle.into()).unwrap();
        context
            .execute_with_session(Some(AuthSession::Password), |context| {
                context.nv_undefine_space(Provision::Platform, object.into())
            })
            .unwrap();
    }
    let public = NvPublic::builder()
        .with_nv_index(handle)
        .with_index_name_algorithm(HashingAlgorithm::Sha256)
        .with_index_attributes(
            NvIndexAttributes::builder()
                .with_pp_write(true)
                .with_pp_read(true)
                .with_owner_read(true)
                .with_auth_read(true)
                .with_no_da(true)
                .with_platform_create(true)
                .build()
                .unwrap(),
        )
        .with_data_area_size(content.len().max(1))
        .build()
        .unwrap();
    context.execute_with_session(Some(AuthSession::Password), |context| {
        let index = context.nv_define_space(Provision::Platform, None, public).unwrap();
        for (number, block) in content.chunks(512).enumerate() {
            let offset = u16::try_from(number * 512).unwrap();
            let block = MaxNvBuffer::try_from(block.to_vec()).unwrap();
            context.nv_write(NvAuth::Platform, index, block, offset).unwrap();
        }
        context.tr_close(&mut index.into()).unwrap();
    });
}

fn write_certificate(context: &mut Context, index: CertificateIndex, content: &[u8]) {
    write_index(context, index.number(), content);
}

fn read_certificate(context: &mut Context) -> Vec<u8> {
    let alg = tss_esapi::abstraction::AsymmetricAlgorithmSelection::Rsa(
        tss_esapi::interface_types::key_bits::RsaKeyBits::Rsa2048,
    );
    ek::retrieve_ek_pubcert(context, alg).unwrap()
}

fn endorse_now(context: &mut Context, ak: KeyHandle, roots: &TrustedRoots) -> Result<Endorsement, EndorsementFault> {
    endorse(context, ak, roots, now())
}

fn why(endorsement: &Endorsement) -> &str {
    match &endorsement.chain {
        Chain::Untrusted { why } => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_key_in_a_certified_tpm_is_endorsed_and_leaves_nothing_behind() {
    let vendor = Vendor::new();
    let tpm = vendor.make();
    let mut context = tpm.context();
    let (ak, public) = create(&mut context, template(restricted(), [0; 32]));
    let before = held(&mut context);
    tpm.said();
    let roots = TrustedRoots::from_pem(&vendor.roots()).unwrap();
    let endorsement = endorse_now(&mut context, ak, &roots).unwrap();
    let said = tpm.said();

    assert!(endorsement.activated);
    assert_eq!(Some(endorsement.name.clone()), KeyName::of(&public));
    let (_, name, _) = context.read_public(ak).unwrap();
    assert_eq!(
        endorsement.name.as_bytes(),
        name.value(),
        "the TPM computes the same Name"
    );
    let root = "CN=swtpm-localca-rootca".to_owned();
    assert_eq!(endorsement.chain, Chain::Trusted { root });
    let certificate = endorsement.certificate.as_ref().unwrap();
    assert_eq!(
        (
            certificate.subject.as_str(),
            certificate.issuer.as_str(),
            certificate.serial.as_str()
        ),
        ("CN=unknown", "CN=swtpm-localca", "02")
    );
    assert_eq!(certificate.not_after, "9999-12-31T23:59:59Z");
    assert_eq!(certificate.der(), read_certificate(&mut context));
    assert_eq!(
        endorsement.to_string(),
        format!(
            "the key is in the TPM of the endorsement certificate serial 02 of CN=swtpm-localca, valid {} to \
             9999-12-31T23:59:59Z, SHA-256 {}; it is trusted by CN=swtpm-localca-rootca",
            certificate.not_before, certificate.fingerprint
        )
    );
    assert_eq!(held(&mut context), before, "nothing stays, nothing is gone");
    let codes: Vec<u32> = said.iter().map(|(code, _)| *code).collect();
    assert!(codes.iter().all(|code| ALLOWED.contains(code)), "{codes:x?}");
    assert!(!codes.contains(&CREATE_PRIMARY), "the persistent key is used");
}

#[test]
fn the_endorsement_key_is_made_where_it_is_not_persistent() {
    let vendor = Vendor::new();
    let tpm = vendor.make();
    let mut context = tpm.context();
    for number in [0x8101_0001, 0x8101_0016] {
        let handle = PersistentTpmHandle::new(number).unwrap();
        let object = context.tr_from_tpm_public(handle.into()).unwrap();
        context
            .execute_with_session(Some(AuthSession::Password), |context| {
                context.evict_control(Provision::Owner, object, Persistent::Persistent(handle))
            })
            .unwrap();
    }
    let ak = attestation_key(&mut context);
    let before = held(&mut context);
    tpm.said();
    let endorsement = endorse_now(&mut context, ak, &TrustedRoots::none()).unwrap();
    assert!(endorsement.activated);
    assert_eq!(endorsement.chain, Chain::NotAsked);
    let codes: Vec<u32> = tpm.said().iter().map(|(code, _)| *code).collect();
    assert!(codes.contains(&CREATE_PRIMARY), "{codes:x?}");
    assert!(codes.iter().all(|code| ALLOWED.contains(code)), "{codes:x?}");
    assert_eq!(held(&mut context), before);
}

#[test]
fn roots_that_did_not_sign_it_do_not_vouch_for_it() {
    let (vendor, other) = (Vendor::new(), Vendor::new());
    let (tpm, _other_tpm) = (vendor.make(), other.make());
    let mut context = tpm.context();
    let ak = attestation_key(&mut context);
    // swtpm_localca gives all vendors one name.
    for (roots, reason) in [
        (other.roots(), "another key"),
        (vendor.root() + &other.roots(), "another key"),
        (vendor.root(), "no chain leads from it"),
    ] {
        let roots = TrustedRoots::from_pem(&roots).unwrap();
        let endorsement = endorse_now(&mut context, ak, &roots).unwrap();
        assert!(endorsement.activated);
        assert!(why(&endorsement).contains(reason), "{endorsement}");
        assert!(
            endorsement
                .to_string()
                .contains("it is not trusted by any of the given roots")
        );
    }
    let roots = TrustedRoots::from_pem(&(other.roots() + &vendor.roots())).unwrap();
    let chain = endorse_now(&mut context, ak, &roots).unwrap().chain;
    assert!(
        matches!(chain, Chain::Trusted { .. }),
        "the right one among others: {chain:?}"
    );

    let roots = TrustedRoots::from_pem(&vendor.roots()).unwrap();
    let year_10000 = SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_800);
    for (at, reason) in [
        (year_10000, "it has expired"),
        (SystemTime::UNIX_EPOCH, "it is not valid yet"),
    ] {
        let endorsement = endorse(&mut context, ak, &roots, at).unwrap();
        assert!(why(&endorsement).contains(reason), "{endorsement}");
    }
}

#[test]
fn authorities_that_the_tpm_brings_complete_a_chain_and_are_no_roots() {
    let vendor = Vendor::new();
    let tpm = vendor.make();
    let mut context = tpm.context();
    let ak = attestation_key(&mut context);
    let root = TrustedRoots::from_pem(&vendor.root()).unwrap();
    let chain = vendor.der("issuercert.pem");
    // The profile lets a certificate run on in the next index.
    let (first, second) = chain.split_at(500);
    write_index(&mut context, 0x01c0_0100, first);
    write_index(&mut context, 0x01c0_0101, &[second, &[0xff; 100]].concat());
    let before = held(&mut context);
    let endorsement = endorse_now(&mut context, ak, &root).unwrap();
    assert!(matches!(endorsement.chain, Chain::Trusted { .. }), "{endorsement}");
    assert_eq!(held(&mut context), before);

    let other = Vendor::new();
    let _certified = other.make();
    let other = TrustedRoots::from_pem(&other.root()).unwrap();
    let chain = [chain, vendor.der("swtpm-localca-rootca-cert.pem")].concat();
    write_index(&mut context, 0x01c0_0100, &chain[..700]);
    write_index(&mut context, 0x01c0_0101, &chain[700..]);
    let endorsement = endorse_now(&mut context, ak, &other).unwrap();
    assert!(why(&endorsement).contains("another key"), "{endorsement}");
}

#[test]
fn a_certificate_of_another_tpm_is_found_out() {
    let vendor = Vendor::new();
    let (tpm, other) = (vendor.make(), vendor.make());
    let (mut context, mut other) = (tpm.context(), other.context());
    let stolen = read_certificate(&mut other);
    write_certificate(&mut context, CertificateIndex::Rsa2048, &stolen);
    let ak = attestation_key(&mut context);
    let before = held(&mut context);
    let roots = TrustedRoots::from_pem(&vendor.roots()).unwrap();
    let fault = endorse_now(&mut context, ak, &roots).unwrap_err();
    assert!(
        matches!(fault, EndorsementFault::OtherKey(CertificateIndex::Rsa2048)),
        "{fault}"
    );
    assert!(fault.to_string().contains("0x01c00002"), "{fault}");
    assert_eq!(held(&mut context), before, "nothing stays after a fault");
}

#[test]
fn a_key_of_another_tpm_is_refused_whatever_the_host_says() {
    let vendor = Vendor::new();
    let (tpm, other) = (vendor.make(), vendor.make());
    let (mut context, mut other_context) = (tpm.context(), other.context());
    let ak = attestation_key(&mut context);
    let other_ak = attestation_key(&mut other_context);
    // Since the last question: the other key's public area as its TPM gives it.
    other.said();
    let (other_public, ..) = other_context.read_public(other_ak).unwrap();
    let answer = other.said().remove(0).1;
    let mut answers = Some(answer);
    tpm.lie(move |command, _| (code(command) == READ_PUBLIC).then(|| answers.take()).flatten());
    let before = held(&mut context);
    let fault = endorse_now(&mut context, ak, &TrustedRoots::none()).unwrap_err();
    assert!(matches!(fault, EndorsementFault::Refused(_)), "{fault}");
    assert_eq!(held(&mut context), before);
    assert_ne!(
        KeyName::of(&other_public),
        KeyName::of(&context.read_public(ak).unwrap().0)
    );
}

/// The answer to ActivateCredential with another secret, as a host gives it that knows the keys of the sessions: none of
/// them has one.
fn with_secret(command: &[u8], answer: &[u8], secret: [u8; 32]) -> Vec<u8> {
    // Header, size of the parameters, the secret, the password's session, nonce, attributes and HMAC of the policy's.
    let parameters = [&[0, 32], secret.as_slice()].concat();
    let (_, sessions) = answer[14..].split_at(parameters.len());
    let (nonce_tpm, attributes) = (&sessions[7..39], &sessions[39..40]);
    // Header, two handles, size of the sessions, the password's session, handle and nonce of the policy's.
    let nonce_caller = &command[37..69];
    let hash = |parameters: &[u8]| Sha256::digest([&[0; 4], &ACTIVATE_CREDENTIAL.to_be_bytes(), parameters].concat());
    let hmac = |parameters: &[u8]| {
        let hmac = Hmac::<Sha256>::new_from_slice(&[]).unwrap();
        let parts = [&hash(parameters), nonce_tpm, nonce_caller, attributes];
        parts
            .into_iter()
            .fold(hmac, |hmac, part| hmac.chain_update(part))
            .finalize()
    };
    let own = answer[14..].split_at(parameters.len()).0;
    assert_eq!(&sessions[42..], hmac(own).as_bytes().as_slice(), "the TPM makes it so");
    let forged = hmac(&parameters);
    [&answer[..14], &parameters, &sessions[..42], forged.as_bytes()].concat()
}

#[test]
fn a_host_cannot_make_up_the_secret() {
    let vendor = Vendor::new();
    let tpm = vendor.make();
    let mut context = tpm.context();
    let ak = attestation_key(&mut context);
    let before = held(&mut context);
    tpm.lie(|command, answer| {
        let is_secret = code(command) == ACTIVATE_CREDENTIAL && answer[6..10] == [0; 4];
        is_secret.then(|| with_secret(command, answer, [7; 32]))
    });
    let fault = endorse_now(&mut context, ak, &TrustedRoots::none()).unwrap_err();
    assert!(matches!(fault, EndorsementFault::WrongSecret), "{fault}");
    assert_eq!(held(&mut context), before);
}

#[test]
fn a_tpm_without_a_certificate_proves_nothing() {
    let vendor = Vendor::new();
    let _certified = vendor.make();
    let tpm = vendor.make_uncertified();
    let mut context = tpm.context();
    let ak = attestation_key(&mut context);
    let endorsement = endorse_now(&mut context, ak, &TrustedRoots::none()).unwrap();
    assert_eq!(endorsement.certificate, None);
    assert!(!endorsement.activated);
    assert_eq!(endorsement.chain, Chain::NotAsked);
    assert!(
        endorsement.to_string().contains("no endorsement certificate"),
        "{endorsement}"
    );

    let roots = TrustedRoots::from_pem(&vendor.roots()).unwrap();
    let endorsement = endorse_now(&mut context, ak, &roots).unwrap();
    assert_eq!(why(&endorsement), "there is no certificate");

    // Defined and never written.
    write_certificate(&mut context, CertificateIndex::Rsa2048, &[]);
    let endorsement = endorse_now(&mut context, ak, &TrustedRoots::none()).unwrap();
    assert_eq!(endorsement.certificate, None);

    for content in [&[0xff; 700][..], &[0; 700], b"0", b"\x30\x82\x03\x00"] {
        write_certificate(&mut context, CertificateIndex::Rsa2048, content);
        let fault = endorse_now(&mut context, ak, &TrustedRoots::none()).unwrap_err();
        let malformed = EndorsementFault::Certificate(CertificateIndex::Rsa2048, CertificateFault::Malformed);
        assert_eq!(fault.to_string(), malformed.to_string());
    }
}

#[test]
fn a_certificate_of_an_ecc_key_does_as_well() {
    let vendor = Vendor::new();
    let tpm = vendor.make_uncertified();
    let mut context = tpm.context();
    let ek_template = ek::create_ek_public_from_default_template(AsymmetricAlgorithm::Ecc, DefaultKey).unwrap();
    let (ek, public) = create(&mut context, ek_template);
    context.flush_context(ek.into()).unwrap();
    let Public::Ecc { unique, .. } = &public else {
        panic!("{public:?}")
    };
    let certificate = vendor.certify(&hex::encode(unique.x()), &hex::encode(unique.y()));
    let ak = attestation_key(&mut context);
    let roots = TrustedRoots::from_pem(&vendor.roots()).unwrap();
    for padding in [&[][..], &[0; 300], &[0xff; 900]] {
        write_certificate(
            &mut context,
            CertificateIndex::EccP256,
            &[&certificate, padding].concat(),
        );
        let before = held(&mut context);
        let endorsement = endorse_now(&mut context, ak, &roots).unwrap();
        assert!(endorsement.activated);
        assert!(matches!(endorsement.chain, Chain::Trusted { .. }), "{endorsement}");
        let endorsed = endorsement.certificate.unwrap();
        assert_eq!(endorsed.der(), certificate);
        assert!(matches!(endorsed.key(), EndorsementKey::P256(_)));
        assert_eq!(held(&mut context), before);
    }
}

#[test]
fn keys_that_could_sign_anything_anywhere_are_refused() {
    let vendor = Vendor::new();
    let tpm = vendor.make();
    let mut context = tpm.context();
    for (attributes, lack) in [
        (restricted().with_restricted(false), "not restricted"),
        (
            restricted().with_fixed_tpm(false).with_fixed_parent(false),
            "not fixedTPM",
        ),
    ] {
        let (ak, _) = create(&mut context, template(attributes, [0; 32]));
        let fault = endorse_now(&mut context, ak, &TrustedRoots::none()).unwrap_err();
        assert!(matches!(fault, EndorsementFault::NotAttestationKey(_)), "{fault}");
        assert!(fault.to_string().contains(lack), "{fault}");
        context.flush_context(ak.into()).unwrap();
    }
    let storage = ek::create_ek_public_from_default_template(AsymmetricAlgorithm::Ecc, DefaultKey).unwrap();
    let (ak, _) = create(&mut context, storage);
    let fault = endorse_now(&mut context, ak, &TrustedRoots::none()).unwrap_err();
    assert!(fault.to_string().contains("it does not sign"), "{fault}");
}

#[test]
fn a_tpm_that_answers_with_less_than_was_asked_for_does_no_harm() {
    let vendor = Vendor::new();
    let tpm = vendor.make();
    let mut context = tpm.context();
    let ak = attestation_key(&mut context);
    // Less than was asked for, and nothing.
    for kept in [0_u16, 5] {
        tpm.lie(move |command, answer| {
            // Header, size of parameters, size of the data, data, the session.
            let len = usize::from(u16::from_be_bytes(*answer.get(14..)?.first_chunk()?));
            let data = answer.get(16..16 + usize::from(kept))?;
            let rest = answer.get(16 + len..)?;
            let short = [
                &(u32::from(kept) + 2).to_be_bytes(),
                kept.to_be_bytes().as_slice(),
                data,
                rest,
            ]
            .concat();
            let size = u32::try_from(short.len() + 10).unwrap().to_be_bytes();
            (code(command) == NV_READ).then(|| [&answer[..2], &size, &answer[6..10], &short].concat())
        });
        let before = held(&mut context);
        let outcome = endorse_now(&mut context, ak, &TrustedRoots::none());
        match kept {
            0 => assert!(matches!(outcome, Err(EndorsementFault::Certificate(..))), "{outcome:?}"),
            // Slowly, but whole.
            _ => assert!(outcome.unwrap().activated),
        }
        assert_eq!(held(&mut context), before);
    }
}

#[test]
fn a_flipped_bit_in_any_answer_endorses_nothing_wrong() {
    let vendor = Vendor::new();
    let tpm = vendor.make();
    let roots = TrustedRoots::from_pem(&vendor.roots()).unwrap();
    let (right, answers) = {
        let mut context = tpm.context();
        let ak = attestation_key(&mut context);
        tpm.said();
        let endorsement = endorse_now(&mut context, ak, &roots).unwrap();
        context.flush_context(ak.into()).unwrap();
        (endorsement, tpm.said().len())
    };
    let mut runner = TestRunner::new(ProptestConfig::with_cases(96));
    let outcome = runner.run(
        &(0..answers, any::<prop::sample::Index>(), 0..8),
        |(chosen, byte, bit)| {
            let outcome = {
                let mut context = tpm.context();
                let ak = attestation_key(&mut context);
                let mut answers = 0;
                tpm.lie(move |_, answer| {
                    answers += 1;
                    // Not the length: whoever carries answers waits for as many bytes.
                    let byte = 6 + byte.index(answer.len() - 6);
                    let mut flipped = answer.to_vec();
                    flipped[byte] ^= 1_u8 << bit;
                    (answers == chosen + 1).then_some(flipped)
                });
                endorse_now(&mut context, ak, &roots)
            };
            tpm.reset();
            // A host can hide the certificate, and change it so that no root vouches for it.
            if let Ok(endorsement) = outcome
                && matches!(endorsement.chain, Chain::Trusted { .. })
            {
                prop_assert_eq!(&endorsement, &right);
            }
            Ok(())
        },
    );
    outcome.unwrap();
}

/// ActivateCredential, for an endorsement key that is loaded.
fn activate(context: &mut Context, ak: KeyHandle, ek: KeyHandle, object: IdObject, seed: EncryptedSecret) -> Digest {
    let session = context
        .start_auth_session(
            None,
            None,
            None,
            SessionType::Policy,
            SymmetricDefinition::AES_128_CFB,
            HashingAlgorithm::Sha256,
        )
        .unwrap()
        .unwrap();
    context
        .execute_with_session(Some(AuthSession::Password), |context| {
            let policy = PolicySession::try_from(session).unwrap();
            let (nonce, hash) = (Default::default(), Default::default());
            context.policy_secret(policy, AuthHandle::Endorsement, nonce, hash, Default::default(), None)
        })
        .unwrap();
    let secret = context
        .execute_with_sessions((Some(AuthSession::Password), Some(session), None), |context| {
            context.activate_credential(ak, ek, object, seed)
        })
        .unwrap();
    context.flush_context(SessionHandle::from(session).into()).unwrap();
    secret
}

#[test]
fn a_credential_is_what_the_tpm_itself_would_make() {
    let tpm: Swtpm = Vendor::new().make_uncertified();
    let mut context = tpm.context();
    for algorithm in [AsymmetricAlgorithm::Rsa, AsymmetricAlgorithm::Ecc] {
        let ek_template = ek::create_ek_public_from_default_template(algorithm, DefaultKey).unwrap();
        let (ek, ek_public) = create(&mut context, ek_template);
        let key = EndorsementKey::of_object(&ek_public).unwrap();
        let mut runner = TestRunner::new(ProptestConfig::with_cases(24));
        let keys_and_secrets = (any::<[u8; 32]>(), any::<[u8; 32]>());
        let context = std::cell::RefCell::new(&mut context);
        let outcome = runner.run(&keys_and_secrets, |(unique, secret)| {
            let context = &mut **context.borrow_mut();
            let (ak, public) = create(context, template(restricted(), unique));
            let ours = Credential::wrap(&secret, &key, &KeyName::of(&public).unwrap()).unwrap();
            let (_, name, _) = context.read_public(ak).unwrap();
            let digest = Digest::try_from(secret.to_vec()).unwrap();
            let theirs = context.make_credential(ek, digest, name).unwrap();
            let lens = |object: &IdObject, seed: &EncryptedSecret| (object.len(), seed.len());
            prop_assert_eq!(lens(&ours.id_object, &ours.seed), lens(&theirs.0, &theirs.1));
            for (object, seed) in [(ours.id_object, ours.seed), theirs] {
                let activated = activate(context, ak, ek, object, seed);
                prop_assert_eq!(activated.as_slice(), secret);
            }
            context.flush_context(ak.into()).unwrap();
            Ok(())
        });
        outcome.unwrap();
        context.into_inner().flush_context(ek.into()).unwrap();
    }
}
