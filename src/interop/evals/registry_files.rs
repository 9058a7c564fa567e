//! Which files of a folder hold the evals of a registry: as the package finds them, `*.yaml` in a folder `evals`, not below it.

use super::folder_of;
use std::{
    collections::{HashMap, HashSet},
    path::{Component, Path, PathBuf},
};

/// The files of a folder.
#[derive(Debug, Default)]
pub(super) struct RegistryFiles {
    /// Those with evals.
    pub(super) registry: Vec<PathBuf>,
    /// YAML in or below a folder `evals`, which the package does not read.
    pub(super) passed_over: Vec<PathBuf>,
    pub(super) others: Vec<PathBuf>,
}

impl RegistryFiles {
    /// Sort out the files of a folder; a file that is named itself is read wherever it stands. A folder without a folder `evals` is taken
    /// for one.
    pub(super) fn of(path: &Path, files: Vec<PathBuf>) -> RegistryFiles {
        let mut sorted = RegistryFiles::default();
        if !path.is_dir() {
            let (yaml, others) = files.into_iter().partition(|file| is_yaml(file));
            (sorted.registry, sorted.others) = (yaml, others);
            return sorted;
        }
        // `.` has another name than its folder. A link in the folder is called what it is called.
        let mut known: HashMap<PathBuf, bool> = HashMap::new();
        let mut is_evals = |folder: &Path| {
            let is_of_that_name = || {
                let is_real = |real: PathBuf| real.ends_with("evals");
                folder.ends_with("evals")
                    || (folder == path && folder.canonicalize().is_ok_and(is_real))
            };
            *known
                .entry(folder.to_path_buf())
                .or_insert_with(is_of_that_name)
        };
        let is_read = |file: &Path| file.extension().is_some_and(|e| e == "yaml");
        let in_evals: Vec<bool> = (files.iter())
            .map(|file| is_read(file) && is_evals(folder_of(file)))
            .collect();
        let is_registry = in_evals.contains(&true);
        for (file, in_evals) in files.into_iter().zip(in_evals) {
            let folder = folder_of(&file);
            let is_flat = !is_registry && is_read(&file) && folder == path;
            let mut above = folder.ancestors().take_while(|one| one.starts_with(path));
            let list = if in_evals || is_flat {
                &mut sorted.registry
            } else if is_yaml(&file) && !is_of_another_kind(&file) && above.any(&mut is_evals) {
                &mut sorted.passed_over
            } else {
                &mut sorted.others
            };
            list.push(file);
        }
        sorted.keep_each_once();
        sorted
    }

    /// A link to a folder shows its files once more: leave them out where they come again, evals first.
    fn keep_each_once(&mut self) {
        let mut folders: HashMap<PathBuf, PathBuf> = HashMap::new();
        let mut seen: HashSet<PathBuf> = HashSet::new();
        let mut is_new = |file: &PathBuf| {
            let folder = folder_of(file);
            let real = folders
                .entry(folder.to_path_buf())
                .or_insert_with(|| folder.canonicalize().unwrap_or_else(|_| folder.into()));
            seen.insert(real.join(file.file_name().unwrap_or_default()))
        };
        self.registry.retain(&mut is_new);
        self.passed_over.retain(&mut is_new);
        self.others.retain(&mut is_new);
    }
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "yaml" || e == "yml")
}

/// Beside evals, a registry names models, solvers and questions to judges.
fn is_of_another_kind(path: &Path) -> bool {
    let others = ["completion_fns", "solvers", "modelgraded", "eval_sets"];
    let is_other = |part: Component<'_>| others.iter().any(|other| part.as_os_str() == *other);
    path.components().any(is_other)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_a_folder_of_evals_is_no_second_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        std::fs::create_dir_all(path.join("evals")).unwrap();
        std::fs::create_dir_all(path.join("x")).unwrap();
        std::fs::write(path.join("evals/a.yaml"), "").unwrap();
        for link in ["more", "x/evals"] {
            std::os::unix::fs::symlink(path.join("evals"), path.join(link)).unwrap();
        }
        let own = path.join("evals/a.yaml");
        let linked = ["more/a.yaml", "x/evals/a.yaml"].map(|file| path.join(file));
        let files = [own.clone()].into_iter().chain(linked.clone()).collect();
        let sorted = RegistryFiles::of(path, files);
        assert_eq!(sorted.registry, [own]);
        assert!(sorted.passed_over.is_empty() && sorted.others.is_empty());
        // The folder that is imported may be called otherwise.
        let sorted = RegistryFiles::of(&path.join("more"), vec![linked[0].clone()]);
        assert_eq!(sorted.registry, [linked[0].clone()]);
    }
}
