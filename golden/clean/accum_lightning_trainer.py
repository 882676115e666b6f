import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

try:
    import lightning.pytorch as pl
except ImportError:
    pl = None


def build_module():
    class LitRegressor(pl.LightningModule):
        def __init__(self, lr=1e-2):
            super().__init__()
            self.lr = lr
            self.net = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))

        def training_step(self, batch, batch_idx):
            x, y = batch
            return F.mse_loss(self.net(x), y)

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=self.lr)

    return LitRegressor()


def main():
    if pl is None:
        print("lightning is not installed: nothing to do")
        return
    torch.manual_seed(0)
    x = torch.randn(128, 4)
    loader = DataLoader(TensorDataset(x, x.mean(1, keepdim=True)), batch_size=8, shuffle=True)
    trainer = pl.Trainer(max_epochs=2, accumulate_grad_batches=4, logger=False, enable_checkpointing=False)
    trainer.fit(build_module(), loader)


if __name__ == "__main__":
    main()
