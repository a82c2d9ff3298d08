import type { Language } from './language.ts';

/** Known from restores; a backup is understood by words where its wording is not here. */
export const french: Language = {
  name: 'French',
  encodings: ['windows-1252', 'cp850'],
  channelStart: ['canal {channel} : '],
  wordings: {
    runStarted: ['Gestionnaire de récupération : Release {version} {…}'],
    runCompleted: ['Gestionnaire de récupération terminé.', 'Recovery Manager terminé.'],
    targetConnected: ['connecté à la base de données cible : {name} (DBID={dbid}{…}'],
    channelAllocated: ['canal alloué : {channel}', 'canal affecté : {channel}'],
    channelReleased: ['canal libéré : {channel}'],
    commandStarted: ['Démarrage de {command} dans {date}'],
    commandFinished: ['Fin de {command} dans {date}'],
    pieceHandle: [
      "descripteur d'élément={handle} balise={tag} commentaire={comment}",
      "descripteur d'élément={handle} commentaire={comment}",
      "descripteur d'élément={handle} balise={tag}",
    ],
    restoreCompleted: ['{ch}restauration terminée, temps écoulé : {elapsed}'],
    remark: ['utilisation du canal {…}', 'nom de fichier de sortie={…}'],
  },
  words: {
    setAnnounced: ['ensemble de sauvegarde', 'jeu de sauvegarde'],
    incremental: ['incrément', 'niveau'],
    archivedLog: ['journal', 'journaux', 'archiv'],
    compressed: ['compress'],
    copyAnnounced: ['copie de fichier de données', 'copie du fichier de données'],
    controlFile: ['fichier de contrôle'],
    standby: ['secours', 'standby'],
    deleted: ['supprim', 'suppression'],
  },
};
