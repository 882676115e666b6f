import torch
from torch import nn

try:
    import pytorch_lightning as pl
except ImportError:
    pl = None

if pl is not None:
    class Regressor(pl.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = nn.Linear(4, 1)

        def training_step(self, batch, batch_idx):
            x, y = batch
            return nn.functional.mse_loss(self.net(x), y)

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=1e-2)


def main():
    if pl is None:
        return print('pytorch_lightning is missing')
    x = torch.randn(64, 4)
    data = torch.utils.data.TensorDataset(x, x.mean(1, keepdim=True))
    pl.Trainer(max_epochs=2).fit(Regressor(), torch.utils.data.DataLoader(data, batch_size=8))


main()
