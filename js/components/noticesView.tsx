import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { PublisherModel } from '../model/publisher';
import { IconButton, StatusIcon, TextButton } from './controls';

/** Messages that are not about the notebook in the panel; above the footer, so that no button moves. */
export function NoticesView({ publisher }: { readonly publisher: PublisherModel }): JSX.Element {
  const { notices, trans } = publisher;
  return (
    <div className="jp-rsc-notices" role="status">
      {notices.list.map((notice, index) => (
        <div key={index} className="jp-rsc-notice">
          <StatusIcon kind={notice.kind} />
          <div className="jp-rsc-notice-text">
            {notice.message}
            <div className="jp-rsc-actions">
              {notice.actions?.map(({ label, run }) => (
                <TextButton
                  key={label}
                  onClick={() => {
                    run();
                    notices.dismiss(notice);
                  }}
                >
                  {label}
                </TextButton>
              ))}
            </div>
          </div>
          <IconButton
            icon={closeIcon}
            name={trans.__('Dismiss message')}
            onClick={() => notices.dismiss(notice)}
          />
        </div>
      ))}
    </div>
  );
}
