//! The files of a registry: which there are, what they hold, and whether they changed.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use aws_lc_rs::digest::{Context as Hash, SHA256};
use boot::settings::{Document, Environment};

use super::Fault;

/// The folders of a registry, each of which holds files of one kind.
const FOLDERS: [&str; 4] = ["members", "services", "agreements", "mappings"];
/// The one file beside them.
const AGENCIES: &str = "agencies.toml";
/// The longest file, in bytes.
const LARGEST: u64 = 4 << 20;
/// How deep a folder of a registry is looked into for changes.
const DEEPEST: usize = 4;

/// Everything that was read.
pub(super) struct Folder {
    dir: PathBuf,
    /// Faults that belong to no file of a kind.
    pub(super) top: Vec<Document>,
    pub(super) agencies: Vec<Document>,
    pub(super) members: Vec<Document>,
    pub(super) services: Vec<Document>,
    pub(super) agreements: Vec<Document>,
    pub(super) mappings: Vec<Document>,
    /// Names below the folder, and contents.
    contents: RefCell<BTreeMap<String, Vec<u8>>>,
    /// How every file was when it was about to be read, those that entries name and that lie elsewhere among them.
    seen: RefCell<Fingerprint>,
}

impl Folder {
    pub(super) fn read(dir: &Path) -> Self {
        let mut folder = Self {
            dir: dir.to_owned(),
            top: Vec::new(),
            agencies: Vec::new(),
            members: Vec::new(),
            services: Vec::new(),
            agreements: Vec::new(),
            mappings: Vec::new(),
            contents: RefCell::default(),
            seen: RefCell::default(),
        };
        folder.strangers();
        folder.agencies = vec![folder.document(&dir.join(AGENCIES))];
        let [members, services, agreements, mappings] = FOLDERS.map(|name| folder.documents(name));
        folder.members = members;
        folder.services = services;
        folder.agreements = agreements;
        folder.mappings = mappings;
        folder
    }

    /// A misspelt name must not silently be an empty registry.
    fn strangers(&mut self) {
        let listed = entries(&self.dir);
        let mut found = Vec::new();
        match listed {
            Err(error) => found.push((self.dir.clone(), format!("cannot be read: {error}"))),
            Ok(paths) => {
                for path in paths {
                    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                    let known = FOLDERS.contains(&name) || name == AGENCIES;
                    let holds_toml =
                        is_toml(&path) || entries(&path).is_ok_and(|inner| inner.iter().any(|p| is_toml(p)));
                    if !known && holds_toml {
                        found.push((
                            path,
                            format!("is no file or folder of a registry: {AGENCIES}, {}", FOLDERS.join(", ")),
                        ));
                    }
                }
            }
        }
        self.top.extend(found.into_iter().map(|(path, message)| faulty(&path, "", &message)));
    }

    fn documents(&mut self, name: &str) -> Vec<Document> {
        let dir = self.dir.join(name);
        match entries(&dir) {
            Ok(paths) => paths.iter().filter(|path| is_toml(path)).map(|path| self.document(path)).collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => vec![faulty(&dir, "", &format!("cannot be read: {error}"))],
        }
    }

    fn document(&self, path: &Path) -> Document {
        let none = Environment::empty();
        match self.text(path) {
            Ok(text) => Document::parse(&text, path, "", &none),
            Err(message) => faulty(path, "", &message),
        }
    }

    /// A file that an entry names, or one of the registry itself.
    pub(super) fn text(&self, path: &Path) -> Result<String, String> {
        self.seen.borrow_mut().add(path);
        let bytes = boot::read_file(path, LARGEST).map_err(|error| format!("cannot be read: {error}"))?;
        let name = path.strip_prefix(&self.dir).unwrap_or(path).display().to_string();
        let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
        self.contents.borrow_mut().insert(name, text.clone().into_bytes());
        Ok(text)
    }

    /// Files that lie there and were not read, since their name ends in something else and no entry names them: notes, or
    /// a misspelt name that nobody should take for a part of the registry.
    pub(super) fn unread(&self) -> Vec<PathBuf> {
        let folders = FOLDERS.iter().map(|name| self.dir.join(name)).chain([self.dir.clone()]);
        let listed = folders.flat_map(|dir| entries(&dir).unwrap_or_default());
        // An entry may name a file by a way of its own.
        let whole = |path: &PathBuf| fs::canonicalize(path).ok();
        let seen: BTreeSet<_> = self.seen.borrow().0.keys().filter_map(whole).collect();
        listed.filter(|path| path.is_file() && whole(path).is_some_and(|path| !seen.contains(&path))).collect()
    }

    /// Where the files of members lie.
    pub(super) fn members_dir(&self) -> PathBuf {
        self.dir.join("members")
    }

    /// SHA-256 of every name and content, each preceded by its length, as lower-case hex.
    pub(super) fn version(&self) -> String {
        let mut hash = Hash::new(&SHA256);
        for (name, content) in self.contents.borrow().iter() {
            for part in [name.as_bytes(), content] {
                hash.update(part.len().to_string().as_bytes());
                hash.update(b":");
                hash.update(part);
            }
        }
        hash.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// How every file was when it was about to be read.
    pub(super) fn seen(&self) -> Fingerprint {
        self.seen.borrow().clone()
    }

    /// The documents, to be asked for their faults.
    pub(super) fn finish(self) -> impl Iterator<Item = Document> {
        let kinds = [self.top, self.agencies, self.members, self.services, self.agreements, self.mappings];
        kinds.into_iter().flatten()
    }
}

/// A document with one fault.
fn faulty(path: &Path, key: &str, message: &str) -> Document {
    let document = Document::parse("", path, "", &Environment::empty());
    document.root().fault(key, message);
    document
}

/// One fault as a list.
pub(super) fn fault(path: &Path, key: &str, message: &str) -> Vec<Fault> {
    let found = faulty(path, key, message).finish(Some(()));
    found.err().map(|faults| faults.iter().cloned().collect()).unwrap_or_default()
}

fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "toml")
}

/// What lies in a folder, sorted; hidden names are not of the registry (a mounted volume keeps its own there).
fn entries(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let hidden = path.file_name().and_then(|name| name.to_str()).is_none_or(|name| name.starts_with('.'));
        if !hidden {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// How files were: what is compared before anything is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint(BTreeMap<PathBuf, Option<Looks>>);

/// What is seen of a file without reading it. The time of its last change is the system's, which no copy sets back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Looks {
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    inode: u64,
}

impl Looks {
    fn of(metadata: &Metadata) -> Self {
        Self {
            size: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            inode: metadata.ino(),
        }
    }
}

impl Fingerprint {
    /// Looks at one file; one that is not there may come.
    fn add(&mut self, path: &Path) {
        let looks = fs::metadata(path).ok().map(|metadata| Looks::of(&metadata));
        self.0.insert(path.to_owned(), looks);
    }

    /// The same, and the files of `other` as they are now.
    pub(in crate::registry) fn and_now(mut self, other: &Self) -> Self {
        other.0.keys().for_each(|path| self.add(path));
        self
    }

    /// The same, and the files of `other` as they were then.
    pub(in crate::registry) fn and_then(mut self, other: &Self) -> Self {
        self.0.extend(other.0.clone());
        self
    }
}

/// Looks at a folder without reading its files.
///
/// # Errors
/// One line, when a folder cannot be listed or a file in it not be looked at.
pub fn fingerprint(dir: &Path) -> Result<Fingerprint, String> {
    let mut seen = Fingerprint::default();
    look(dir, DEEPEST, &mut seen)?;
    Ok(seen)
}

fn look(dir: &Path, depth: usize, seen: &mut Fingerprint) -> Result<(), String> {
    let cannot = |path: &Path, error: io::Error| format!("{}: cannot be read: {error}", path.display());
    for path in entries(dir).map_err(|error| cannot(dir, error))? {
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => {
                if depth > 0 {
                    look(&path, depth - 1, seen)?;
                }
            }
            Ok(metadata) => {
                seen.0.insert(path, Some(Looks::of(&metadata)));
            }
            // A link to nowhere, or gone since: whether it matters is seen when it is read.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                seen.0.insert(path, None);
            }
            Err(error) => return Err(cannot(&path, error)),
        }
    }
    Ok(())
}
